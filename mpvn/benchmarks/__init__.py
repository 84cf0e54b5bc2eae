"""Measurements of speed and memory. Each setting runs in a separate process: thread counts are fixed at start.

Every module directly in this package is a suite named after the module, and ends with `SUITE = Suite(run, ...)`. Shared
code is in `support`. `mpvn.benchmark` imports all suites to list their flags; to keep `--help` fast, a suite imports
TensorFlow and Keras inside the functions that need them.
"""
