"""The process that is all nodes: `python -m bench.gateway.nodes PORT NODES TURNS SECONDS`.

In each turn a node says four plain numbers. Its temperature is the time of the turn: CLOCK_MONOTONIC, in seconds modulo
`ROUND`, to the millisecond, so that whoever reads it knows how long it was on its way. The nodes share a few
connections: what many connections cost Mosquitto is not asked here.
"""

import json
import sys
import time

from bench import packets
from bench.publisher import Connection

ROUND = 1000.0
CONNECTIONS = 4
VALUES = 4


def main(port: int, nodes: int, turns: float, seconds: float) -> None:
    """Say everything at an even pace, as far as the broker takes it; print how much that was."""
    connections = [Connection(port, f"nodes-{number}") for number in range(CONNECTIONS)]
    topics = [
        [
            packets.text(f"boxes/b{node}/{name}")
            for name in ("actual", "desired", "heater", "cooler")
        ]
        for node in range(nodes)
    ]
    start, sent, pause = time.monotonic(), 0, 1 / (nodes * turns)
    while (now := time.monotonic()) < start + seconds:
        due = int((now - start) / pause)
        for turn in range(sent, due):
            node = turn % nodes
            said = (f"{time.monotonic() % ROUND:.3f}", "30", str(turn % 2), str(1 - turn % 2))
            connections[node % CONNECTIONS].send(
                b"".join(
                    packets.publish(topic, value.encode())
                    for topic, value in zip(topics[node], said, strict=True)
                )
            )
        sent = due
        time.sleep(0.002)
    for connection in connections:
        connection.settle()
    print(json.dumps({"messages": sent * VALUES, "seconds": time.monotonic() - start}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
