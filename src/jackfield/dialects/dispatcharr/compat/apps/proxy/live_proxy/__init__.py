"""Live streams as plugins reach them: thin, since another process passes the streams on."""
