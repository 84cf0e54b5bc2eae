"""What suites share: what a suite is, what a user wants of it, and processes in which one setting is measured."""
