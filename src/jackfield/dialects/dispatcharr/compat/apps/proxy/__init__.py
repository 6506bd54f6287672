"""What passes streams on: live, over HLS, and on demand."""
