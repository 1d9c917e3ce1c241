"""Alipay, China's open platform (OpenAPI gateway, RSA2): start at `channel.py`."""
