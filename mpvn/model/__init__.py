"""The Keras model: units and a schedule as a `VideoNetwork`, its targets, and distillation.

May import schedule, layers, engines and devices.
"""
