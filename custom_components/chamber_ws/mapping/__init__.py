"""Chambers that speak something else than the contract: a table says which topic means what.

topic ─ hearing ─► desk ─ payloads ─► node ─► a state message of the contract ─► coordinator
topic ◄────────── desk ◄── commander

`table`, `reading`, `payloads`, `node`, `leaves`, `proposal` and `preview` are pure: no Home Assistant, no clock; time
is an argument.
"""
