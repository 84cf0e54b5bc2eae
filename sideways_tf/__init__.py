"""Training depth-parallel video networks with Sideways pseudo-gradients."""
