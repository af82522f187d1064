"""How much a gateway carries on one core: hundreds of nodes that say plain numbers, thousands of messages a second.

`scripts/bench gateway`; `docs/gateway.md` shows what came out.
"""
