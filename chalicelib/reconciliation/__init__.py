"""Statements against our payments."""
