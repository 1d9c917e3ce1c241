"""Numbered e-receipts."""
