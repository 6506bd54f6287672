"""Settings that are not there."""

FOUND = {}
GREETING = FOUND["greeting"]
