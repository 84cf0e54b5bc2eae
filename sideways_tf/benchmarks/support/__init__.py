"""Shared code of training suites: the measured functions."""
