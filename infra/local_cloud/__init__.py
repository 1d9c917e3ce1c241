"""A whole AWS on this machine, and the small proxy that gives it clean addresses."""
