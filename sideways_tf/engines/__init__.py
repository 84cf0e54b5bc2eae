"""Pseudo-gradients in the two engines, and the use of the gradients of each tick.

May import mpvn.engines and what is below it.
"""
