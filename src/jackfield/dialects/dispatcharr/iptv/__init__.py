"""Playlists, programme guides and Xtream servers: read as streams, written to the database.

The readers (:mod:`m3u`, :mod:`xmltv`, :mod:`xtream` and what they stand on) know no database and
hold no more than one entry at a time. The writers take what they read in batches; they run only
in the dialect's own processes, where Django is configured, and import it inside functions.
"""
