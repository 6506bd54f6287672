"""The ServeMSX dialect."""
