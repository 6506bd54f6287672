"""Follows a plugin's source without running it: modules, classes, and code that runs straight on.

``bindings`` says which names a statement binds, ``frames`` follows a function, ``classes`` and
``modules`` answer what a name or attribute is.
"""
