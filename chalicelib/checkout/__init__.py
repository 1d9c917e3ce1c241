"""Orders and payments: create, start, record, cancel, chase."""
