"""Ten thousand chambers over several prefixes, each an entry of one Home Assistant: what does it cost?

`scripts/bench fleet`; `docs/scale.md` shows what came out. Bounded: few processes, one broker, one Home Assistant.
"""
