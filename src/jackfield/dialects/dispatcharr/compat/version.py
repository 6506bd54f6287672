"""The release whose interface is offered to plugins.

Plugins compare this with what they need; it says nothing about the host's own version.
"""

__version__ = "0.29.0"
__timestamp__ = None
