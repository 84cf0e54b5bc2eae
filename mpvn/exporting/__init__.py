"""Networks leave TensorFlow's Python: graphs without state, in the formats of other runtimes, checked and bundled."""
