"""Signed messages to portals."""
