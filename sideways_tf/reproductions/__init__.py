"""The tables and figures of Sideways and Skip-Sideways, one module each; `support` holds what they share."""

FOLDERS = ("sideways", "skip_sideways")  # of their settings, in gin_configs/reproductions
