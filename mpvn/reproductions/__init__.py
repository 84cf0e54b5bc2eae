"""The tables and figures of Massively Parallel Video Networks, one module each; `support` holds what they share."""
