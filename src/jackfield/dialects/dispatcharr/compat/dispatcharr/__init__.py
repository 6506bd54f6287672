"""The project package of Dispatcharr, under the name that its plugins import."""
