"""The Python that runs inside the sandbox, baked into ``engine.wasm`` (never imported by the host).

Baked under the name ``jackfield_guest``. Author facing packages (SDKs) may use `host_call` and
`HostError` from here; a plugin without an SDK finds both among its globals.
"""
