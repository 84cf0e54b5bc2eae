"""Converts Keras image models into video networks: the graph, the grouping of calls, and the units.

May import model and what is below it.
"""
