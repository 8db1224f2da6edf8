"""Forms of customers and products."""
