"""Video on demand: films, series, episodes and who offers them."""
