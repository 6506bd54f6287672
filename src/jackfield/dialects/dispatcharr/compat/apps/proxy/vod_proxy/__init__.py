"""Streams on demand; the application passes them on without anything that plugins could patch."""
