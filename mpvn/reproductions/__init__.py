"""The tables and figures of Massively Parallel Video Networks, one module each; `support` holds what they share."""

FOLDERS = ("mpvn",)  # of their settings, in gin_configs/reproductions
