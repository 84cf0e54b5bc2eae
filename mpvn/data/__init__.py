"""Data sets: made in memory, and read from video files and cameras."""
