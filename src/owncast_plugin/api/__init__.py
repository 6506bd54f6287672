"""The host API, one module a neighbourhood: what ``owncast.<group>.<method>()`` does."""
