"""Bundles: exported networks, run by other runtimes. Plain Python and NumPy, for devices without TensorFlow."""
