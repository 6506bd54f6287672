"""The stream proxy: one connection to the provider, any number of players on it.

``session`` holds a channel that plays: it keeps a source open (``upstream``), chooses the next one
when a source fails (``selection``), and fills a ``ring`` that every player (``player``) reads at
its own pace. ``switchboard`` knows the sessions, ``statistics`` tells Redis of them.

Everything here runs on one event loop; only what asks the database or Redis runs in threads.
"""
