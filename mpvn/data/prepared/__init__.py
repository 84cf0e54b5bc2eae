"""Videos decoded once: scaled, and written to shards that TFDS reads back."""
