"""From a resolved program to CPython code objects.

``inference`` finds out which types variables can hold, ``functions`` and ``statements`` lay out
Python functions, ``expressions`` and ``arithmetic`` write the operations: inline where the types
are known or can be checked cheaply, through ``operators`` and ``indexing`` otherwise. ``program``
puts it together.
"""
