"""Networks over live video: frames of files, cameras and whatever else gives frames, shown as in training.

May import data, engines and what is below them.
"""
