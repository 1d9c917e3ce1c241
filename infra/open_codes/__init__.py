"""Open codes outside the functions: the check without a network, and what a unit keeps on paper."""
