"""Dispatcharr's applications, under the names that its plugins import."""
