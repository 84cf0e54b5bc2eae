"""Bundles: exported networks as other runtimes run them. Plain Python and numpy, for devices without TensorFlow."""
