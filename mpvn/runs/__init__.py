"""Runs: from gin settings to a run folder, and back.

Training, reports, checkpoints, evaluation, and a run's network over a live video. May import everything below commands.
"""
