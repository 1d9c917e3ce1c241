"""What is printed: start at `dossier_receipt.py`. Loaded by the route that needs it only."""
