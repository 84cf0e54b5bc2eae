"""Measurements of training: memory, skip connections, devices. Each setting runs in a separate process.

Every module directly in this package is a suite, as in `mpvn.benchmarks`. `mpvn.benchmark` finds the
package by its entry point in setup.py.
"""

MEASUREMENTS = "sideways_tf.benchmarks.support.measurements"  # the module with the functions that are measured
