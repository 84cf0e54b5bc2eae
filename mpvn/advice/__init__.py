"""Compares numbers of subnetworks, clocks and skips with the sequential network on a user's own frames.

`advising.advise` is `mpvn.advise`; `python -m mpvn.advise` measures each setting in a separate process.
"""
