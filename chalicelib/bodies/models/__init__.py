"""Bodies of orders and bills: what validates requests and what the OpenAPI document is made from.

Imported when first used: pydantic is not needed for a notification or a page.
"""
