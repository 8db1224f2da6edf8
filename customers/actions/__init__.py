"""Deeds on customers and products."""
