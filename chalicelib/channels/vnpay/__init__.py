"""VNPAY, the intermediary: start at `channel.py`."""
