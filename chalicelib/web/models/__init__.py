"""Bodies that only the API has: they validate requests and make the OpenAPI document.

Imported when first used: pydantic is not needed for a notification or a page.
"""
