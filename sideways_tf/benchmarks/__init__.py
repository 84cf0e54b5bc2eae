"""Measurements of training: memory, skip connections, devices. Each setting runs in a process of its own."""

PROBE = "sideways_tf.benchmarks.probe"  # the module that runs in such a process
