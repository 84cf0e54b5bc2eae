"""The synthetic `moving_objects`: solids that move about on a table."""
