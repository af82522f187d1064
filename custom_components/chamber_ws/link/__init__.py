"""MQTT carried in WebSocket frames: bytes in, messages out. Knows no chamber and no Home Assistant.

    transport ─ bytes ─► session(engine) ─ messages ─► listener
    transport ◄─ bytes ─ session(engine) ◄─ publish ─ owner

`engine` is paho-mqtt on an in-memory socket, `session` one connection from CONNECT to its end
without IO or clock, `retry` what to try next, `link` the coroutine that lives it. The transport is a
port: aiohttp in Home Assistant, websockets on the Pi.
"""
