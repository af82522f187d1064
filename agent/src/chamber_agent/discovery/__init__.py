"""Announcing the broker on the network, so that Home Assistant offers its chambers by itself."""
