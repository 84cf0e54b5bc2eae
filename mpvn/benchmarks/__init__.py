"""Measurements of speed and memory. Each setting runs in a process of its own: thread counts are fixed at start."""
