"""The Keras model: units and a schedule as a `VideoNetwork`, what it is trained on, and distillation.

May import schedule, layers, engines and devices.
"""
