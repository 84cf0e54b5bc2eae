"""What the page on where the method pays is made of: ways to run a network, their training, costs and front."""
