"""What steers live streams."""
