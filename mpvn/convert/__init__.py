"""A Keras image model into a video network: its graph, which calls make a unit, and the units.

May import model and what is below it.
"""
