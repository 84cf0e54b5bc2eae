"""Shared code of suites: the `Suite` class, a user's request, and processes that measure one setting."""
