"""Time as whole numbers: who executes when, and what it reads. Plain Python.

Wirings, cuts, clocks, delays and all that follows from them (validity, latency, staleness, masks, live executions) are
known before the first frame. Imports nothing of the package but errors and text, and no TensorFlow.
"""
