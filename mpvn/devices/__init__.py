"""Where a network runs: devices of subnetworks, what units cost there, clusters, and what more devices would give.

Functions that need a network take it as an argument. May import schedule, files and text.
"""
