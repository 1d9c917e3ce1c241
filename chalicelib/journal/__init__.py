"""The journal: what the ledger's stream carried, kept unchanged in chained batches."""
