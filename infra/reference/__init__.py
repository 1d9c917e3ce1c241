"""Pages made from the code: `python -m infra.reference` writes them, a test finds drift."""
