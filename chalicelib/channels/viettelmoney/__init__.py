"""Viettel Money: start at `channel.py`."""
