"""What payers see: pure functions from records to HTML, without clock, table or network."""
