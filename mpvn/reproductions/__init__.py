"""What reproductions of the papers' results are made of, and those of Massively Parallel Video Networks."""
