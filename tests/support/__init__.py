"""What tests share: a province in one process, its callers, and the checks of its tables."""
