"""The playlists and guides that players read."""
