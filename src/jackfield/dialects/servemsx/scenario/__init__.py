"""Scenario tests of ServeMSX plugins.

``shape`` is the format, ``play`` plays a scenario on a host, ``project`` makes a package of an
author's folder for it.
"""
