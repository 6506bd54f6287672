"""The host's tokens under the name that plugins with pages of their own check them by.

Source: dispatcharr spec 4.3 (simplejwt) and 2.8 (login).
"""
