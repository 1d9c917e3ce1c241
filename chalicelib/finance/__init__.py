"""The finance department's own system: what it sends, what it is told, and where the two differ."""
