"""Background work of the Dispatcharr dialect: Celery tasks, the beat, and the state in Redis.

Two halves that never import each other:

* in the **host**: :mod:`ledger` remembers every task that was sent until it has run, and
  :mod:`tasks` leads messages between the processes, shows tasks as jobs and holds what waits for a
  plugin. No Celery and no Django there.
* in the **children**: :mod:`celery_app` is the application that plugins know as
  ``dispatcharr.celery.app``; :mod:`transports` leads what it sends to the host; :mod:`main` is the
  process that runs the tasks.

A task's way: ``delay()`` in any process → ``task.publish`` → the host's ledger → ``message.put`` →
the worker's queue (or Redis) → a thread of its pool → for a plugin's own task ``task.run`` → the
plugin's process → the result backend; when the message is acknowledged, the ledger forgets it.
"""
