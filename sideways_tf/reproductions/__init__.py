"""The tables and figures of the Sideways paper, one file each, at three scales."""
