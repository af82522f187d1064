-- Wireshark 4.0 decodes WebSocket, and MQTT on TCP, but not the one inside the other. This line joins them.
DissectorTable.get("ws.protocol"):add("mqtt", Dissector.get("mqtt"))
