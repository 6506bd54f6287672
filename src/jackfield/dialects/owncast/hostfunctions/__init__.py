"""What a plugin can call in the host: one table a plugin, built from its grants.

A function whose permission was not granted is not in the table. The table checks the arguments
and shapes the results as :mod:`owncast_plugin._wire` describes both; the functions themselves
are in one module a neighbourhood. Sources: owncast spec 2.1 and 2.2.
"""

from jackfield.dialects.owncast.hostfunctions.caller import Caller
from jackfield.dialects.owncast.hostfunctions.table import HostTable, build_table

__all__ = ["Caller", "HostTable", "build_table"]
