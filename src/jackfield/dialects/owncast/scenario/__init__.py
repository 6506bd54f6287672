"""Scenario tests in Owncast's own format (owncast spec 6.1 and 6.2).

``shape`` is the format, ``folding`` reads it as tolerantly as the original does, ``play`` plays a
scenario's steps on a host, ``expect`` compares what the plugin did with what was expected.
"""
