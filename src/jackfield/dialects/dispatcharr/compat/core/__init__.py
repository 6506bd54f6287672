"""Settings, profiles, events and helpers that all applications share."""
