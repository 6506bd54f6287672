"""The tuner that Plex, Emby and Jellyfin see."""
