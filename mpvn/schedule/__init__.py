"""Time as whole numbers: when units execute, and what they read. Plain Python.

Wirings, cuts, clocks, delays and their consequences (validity, latency, staleness, masks, live executions) are known
before the first frame. Imports only errors and text of the package, and no TensorFlow.
"""
