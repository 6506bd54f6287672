"""The ServeMSX host's own pages and JSON for Media Station X."""
