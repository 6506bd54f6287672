"""Users of the IPTV service."""
