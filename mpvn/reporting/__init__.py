"""One page on a network that a person can explore: its units, schedule, costs, training, settings.

May import everything up to `mpvn.runs`.
"""
