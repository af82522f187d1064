"""Lecture 38 measured again: MQTT over TCP, MQTT over WebSocket, bare WebSocket and HTTP polling, side by side.

`python -m bench.lecture38` from the project's root; `docs/lecture38.md` shows what came out.
"""
