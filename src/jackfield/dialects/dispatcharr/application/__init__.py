"""The application: everything of the Dispatcharr site that is answered from the database.

It runs in a process of its own (``main.main``) because Django is process-global, and is reached
only through a Unix socket by the host-side site, see :mod:`.contract`.

- ``outputs``: what players read: M3U, XMLTV, HDHomeRun, the Xtream player API, logos.
- ``rest``: the data behind the screens: channels, streams, accounts, EPG, settings, events.
- ``stream``: the proxy that passes one upstream connection to several players.
- ``pages``: plain list pages, so that the effect of a plugin's action can be seen.
"""
