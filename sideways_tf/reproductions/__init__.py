"""The tables and figures of Sideways and Skip-Sideways, one module each; `support` holds what they share."""
