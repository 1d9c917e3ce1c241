"""Banks, Mobile Money, POS and terminals that come to us: the biller interface."""
