"""As MPEG-TS."""
