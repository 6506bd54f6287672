"""What runs in a plugin's own process: its code, and the little that keeps it in its place.

:mod:`main` is what the nursery forks; :mod:`loading` imports the plugin, :mod:`holding` keeps it,
:mod:`answers` makes JSON of what it returns, :mod:`paths` leads ``/data`` to the home, :mod:`blame`
and :mod:`patches` find out what of the plugin did what.

:mod:`guest` is :mod:`main`'s counterpart inside the sandbox. What both need is plain Python that
imports nothing of the host, and its neighbours relatively: :mod:`instance` (the plugin and the
calls into it), :mod:`answers`, :mod:`blame`, :mod:`logs`, :mod:`exits`, :mod:`aliases`.
"""
