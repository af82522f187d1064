"""The process that reads what comes up: `python -m bench.gateway.page PORT SECONDS` prints samples and delays (ms)."""

import json
import re
import sys
import time
from statistics import quantiles

from bench import packets
from bench.publisher import Connection

from .nodes import ROUND

_TEMPERATURE = re.compile(rb'"temperature":([\d.]+)')


def main(port: int, seconds: float) -> None:
    """Read for a while; what was retained before does not count."""
    connection = Connection(port, "page")
    connection.send(packets.subscribe("chamber/v1/bench/+/state"))
    connection.until(packets.SUBACK)
    print("reading", flush=True)
    delays: list[float] = []
    end = time.monotonic() + seconds
    for kind, flags, body in connection.packets():
        now = time.monotonic()
        if kind == packets.PUBLISH and not flags & 1 and (found := _TEMPERATURE.search(body)):
            delays.append(1000 * ((now - float(found[1])) % ROUND))
        if now > end:
            break
    cuts = quantiles(delays, n=100, method="inclusive") if len(delays) > 1 else [0.0] * 99
    print(json.dumps({"samples": len(delays), "median": cuts[49], "p99": cuts[98]}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
