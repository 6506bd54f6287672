"""The Dispatcharr dialect: runs plugins of the IPTV manager, with the models that they import."""
