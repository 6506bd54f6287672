"""The processes beside the host: what they are, how they are made, and how they talk.

Django keeps its settings, models and connections in one place a process, a plugin may crash or
hang its process, and two plugins may need different versions of one package. So nothing of that
runs in the host: :mod:`nursery` holds Django ready and forks a process for each plugin, one for
the tasks and one for the site's data; :mod:`family` is the host's side of it.
"""
