"""What a temperature chamber is, says and hears: pure, without clock, IO or Home Assistant.

    topic, bytes ─ wire.decode ─► message ─ fold.apply ─► Chamber ─ freshness ─► shown or unknown
    topic, bytes ◄─ wire.encode ─ Command ◄─ commands.permitted ◄─ wish

The Raspberry Pi's agent and the integration share this folder; only the standard library is imported here.
"""
