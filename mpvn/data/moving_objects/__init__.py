"""The synthetic `moving_objects`: solids that move on a table."""
