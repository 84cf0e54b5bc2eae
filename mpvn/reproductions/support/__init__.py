"""What reproductions of papers' results share: settings, many runs, rows."""
