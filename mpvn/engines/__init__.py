"""Runs scheduled networks: registers, and the loops, folds and streams around one forward pass.

Networks are arguments; nothing here creates one. May import schedule and layers.
"""
