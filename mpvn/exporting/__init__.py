"""Exports networks: stateless graphs in the formats of other runtimes, checked and bundled."""
