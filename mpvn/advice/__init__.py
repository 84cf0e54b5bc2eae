"""Which schedule? Numbers of subnetworks, clocks and skips beside the sequential network, on a user's own frames.

`advising.advise` is `mpvn.advise`; `python -m mpvn.advise` measures each setting in a process of its own.
"""
