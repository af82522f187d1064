"""The gateway: small nodes that speak plain MQTT to a broker beside it become chambers of the contract.

    node ─ TCP ─► downlink ─► listener ─► directory ─► payloads ─► node ─► box ─► store, voice ─► uplink
    node ◄─ TCP ─ downlink ◄─ templates ◄─ desk ◄─────────────────────────────── ear ◄──────────── uplink

`settings` is the table that maps topics to values, `node` what is known of one node (pure), `box` lives
it, `desk` obeys and waits for the echo. Numbers, store, history and speech are the agent's own.
"""
