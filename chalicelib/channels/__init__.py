"""The only floor that knows payment providers."""
