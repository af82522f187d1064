"""What a chamber's samples show of its physics: small machines, each fed with what it needs and nothing more.

sample ─ drive ── blocks ── efforts (dead, saturated), idleness (stuck), flatness, agreement
sample ─ probes (what no probe can have measured), door (rates that only an open door explains), cycles

Numbers without a source of their own come from the model of a 15 L box with two Peltier modules that the agent
simulates (`plant`), and from its results: a door opened at 5 °C lets the air rise by 4 to 19 K/min, a cooler that dies
by some 2 K/min, at full duty by 3.7 K/min; full heat makes 4.8 K/min.
"""
