"""Measurements of speed and memory. Each setting runs in a process of its own: thread counts are fixed at start.

Every module that stands directly in this package is a suite: it is named after it, and ends with
`SUITE = Suite(run, ...)`. What suites share is in `support`. `mpvn.benchmark` imports all suites to list their flags;
to keep `--help` quick, a suite imports TensorFlow and Keras inside the functions that need them.
"""
