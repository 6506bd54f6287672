"""A plugin that imports only the standard library, run in the sandbox: the host's side.

What runs inside is :mod:`..plugin_process.guest`. Granted with ``sandbox=true``; see
:mod:`..starting`.
"""
