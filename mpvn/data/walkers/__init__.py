"""The synthetic `walkers`: an articulated figure that performs actions."""
