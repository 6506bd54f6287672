"""Scenario tests of Dispatcharr plugins, on real processes and a real database.

``shape`` is the format, ``play`` plays a scenario on a host, ``expect`` compares what is there in
the end, ``project`` makes a package of an author's folder. ``database`` is a process beside the
host, which never imports Django itself: it puts the scenario's rows in and looks what came out, by
``rows``.
"""
