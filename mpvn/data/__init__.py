"""Data sets: synthetic, from video files, and from cameras."""
