"""Channels, streams, groups, logos, profiles and recordings."""
