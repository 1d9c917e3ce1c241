"""Pure rules: no AWS, no clock, no randomness, no web framework."""
