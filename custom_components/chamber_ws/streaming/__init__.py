"""What dashboards get over Home Assistant's WebSocket, past the state machine.

coordinator ─ feed ─► sheet (a chamber, written once for all) ─► subscriber ─► client
registries ── hub ──────┘                                          └─ latest wins

One hub for Home Assistant; a feed for each entry that is loaded; a sheet for each chamber that somebody follows.
"""
