"""How we ask: the only layer that may spend money."""
