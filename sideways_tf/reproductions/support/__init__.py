"""What the reproductions of Sideways and Skip-Sideways share."""
