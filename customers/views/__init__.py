"""Pages of customers and products."""
