"""One network into another: skip connections, temporal filters and shift, feedback, the frame added to the output.

Each takes a network and gives the sequential network of changed units. May import model and what is below it.
"""
