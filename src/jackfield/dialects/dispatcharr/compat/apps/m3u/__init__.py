"""M3U and Xtream Codes accounts: where streams come from."""
