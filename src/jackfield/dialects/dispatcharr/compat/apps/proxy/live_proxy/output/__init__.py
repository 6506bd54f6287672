"""How live streams leave the host."""
