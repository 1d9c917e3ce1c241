"""Money that a clerk takes at a unit's own counter: in cash, or by card at a POS terminal."""
