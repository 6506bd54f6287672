"""What is kept of plugins, and the loader as plugins know it."""
