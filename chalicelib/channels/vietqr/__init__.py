"""VietQR, a transfer to a bank account: start at `channel.py`."""
