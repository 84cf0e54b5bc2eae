"""An interactive page on a network: its units, schedule, costs, training, settings.

May import everything up to `mpvn.runs`.
"""
