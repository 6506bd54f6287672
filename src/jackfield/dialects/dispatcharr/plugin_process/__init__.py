"""What runs in a plugin's own process: its code, and the little that keeps it in its place.

:mod:`main` is what the nursery forks; :mod:`loading` imports the plugin, :mod:`holding` calls it,
:mod:`answers` makes JSON of what it returns, :mod:`paths` leads ``/data`` to the home, :mod:`blame`
and :mod:`patches` find out what of the plugin did what.
"""
