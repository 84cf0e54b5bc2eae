"""What suites that train share: the functions that are measured."""
