"""What is asked and told of orders and bills, whoever brings it: HTTP or a file."""
