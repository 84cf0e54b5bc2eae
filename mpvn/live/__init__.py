"""Networks over live video: frames of files, cameras and other sources, prepared as in training.

May import data, engines and what is below them.
"""
