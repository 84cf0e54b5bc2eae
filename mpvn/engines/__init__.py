"""How a scheduled network runs: registers, and the loops, folds and streams around one forward pass.

A network is handed in; nothing here makes one. May import schedule and layers.
"""
