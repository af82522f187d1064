"""The process that is all chambers: `python -m bench.fleet.chambers PORT ENTRIES CHAMBERS RATE SECONDS`.

It says first what is retained of each; then, one after the other, each its state, so many a second in all. A chamber's
temperature is the time of its state (CLOCK_MONOTONIC in seconds, modulo `ROUND`).
"""

import json
import sys
import time
from itertools import product

from bench import packets
from bench.publisher import Connection

ROUND = 1000.0
PER_GATEWAY = 100
HEARTBEAT = 3600


def prefix(entry: int) -> str:
    """Return the prefix of an entry."""
    return f"fleet{entry}"


def topic(entry: int, chamber: int, kind: str) -> str:
    """Return a topic of a chamber."""
    return f"{prefix(entry)}/v1/pi{chamber // PER_GATEWAY}/box{chamber:04d}/{kind}"


def state(seq: int) -> bytes:
    """Return what a chamber with a heater says."""
    said = {"seq": seq, "epoch": "f", "time": round(time.time(), 3), "clock": "ntp"}
    temperature = round(time.monotonic() % ROUND, 3)
    content = {**said, "temperature": temperature, "setpoint": 5.0, "heater": bool(seq % 2)}
    return json.dumps(content).encode()


def main(port: int, entries: int, chambers: int, rate: float, seconds: float) -> None:
    """Say everything; print how many states were said, and in how many seconds."""
    connection = Connection(port, "fleet")
    for entry, chamber in product(range(entries), range(chambers)):
        _retain(connection, entry, chamber)
    connection.settle()
    print("retained", flush=True)
    sys.stdin.readline()
    every = [(entry, chamber) for chamber in range(chambers) for entry in range(entries)]
    topics = [packets.text(topic(entry, chamber, "state")) for entry, chamber in every]
    start, sent = time.monotonic(), 0
    while (now := time.monotonic()) < start + seconds:
        due = int((now - start) * rate)
        for turn in range(sent, due):
            payload = state(2 + turn // len(topics))
            connection.send(packets.publish(topics[turn % len(topics)], payload, retain=True))
        sent = due
        time.sleep(0.002)
    connection.settle()
    print(json.dumps({"states": sent, "seconds": time.monotonic() - start}))


def _retain(connection: Connection, entry: int, chamber: int) -> None:
    meta = {"name": f"Box {entry}-{chamber}", "heaters": ["Heater"], "heartbeat": HEARTBEAT}
    said = {"meta": json.dumps(meta).encode(), "state": state(1)}
    if chamber % PER_GATEWAY == 0:
        status = f"{prefix(entry)}/v1/pi{chamber // PER_GATEWAY}/status"
        online = json.dumps({"state": "online", "session": "f"}).encode()
        connection.send(packets.publish(packets.text(status), online, retain=True))
    for kind, payload in said.items():
        place = packets.text(topic(entry, chamber, kind))
        connection.send(packets.publish(place, payload, retain=True))


if __name__ == "__main__":
    numbers = [float(word) for word in sys.argv[1:]]
    main(int(numbers[0]), int(numbers[1]), int(numbers[2]), *numbers[3:])
