"""Programme guides: sources, their channels, programmes."""
