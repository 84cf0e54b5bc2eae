"""The papers' networks. Each function returns the sequential VideoNetwork; `parallel` makes it depth-parallel."""

from mpvn.networks.simple_cnn import simple_cnn

__all__ = ["simple_cnn"]
