"""Networks over live video: frames of files, cameras and whatever else gives frames, one prediction for each.

May import data, engines and what is below them.
"""
