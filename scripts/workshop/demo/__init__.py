"""The demo: a broker, an agent and Home Assistant on one stage, shown to people or proven without them."""
