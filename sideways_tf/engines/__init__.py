"""Pseudo-gradients in the two engines, and what becomes of the gradients of each tick.

May import mpvn.engines and what is below it.
"""
