"""The process that publishes: `python -m bench.publisher PORT`, told by lines of JSON, answering with such.

Its clock is CLOCK_MONOTONIC, the same for all processes of a machine: the time at which each message
was given to the broker's socket goes into a file of doubles.
"""

import json
import socket
import sys
import time
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from . import discovery, load, packets

_HOST = "127.0.0.1"
_BATCH = 64
_PAUSE = 0.0005


class Connection:
    """A blocking MQTT connection for publishing."""

    def __init__(self, port: int, client_id: str) -> None:
        self.socket = socket.create_connection((_HOST, port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._splitter = packets.Splitter()
        self.send = self.socket.sendall
        self.send(packets.connect(client_id))
        self.until(packets.CONNACK)

    def packets(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield what the broker sends, until it hangs up."""
        while data := self.socket.recv(65536):
            yield from self._splitter.feed(data)

    def until(self, kind: int) -> None:
        """Wait for a packet of a kind.

        Raises:
            ConnectionError: the broker hung up.
        """
        if not any(found == kind for found, _flags, _body in self.packets()):
            raise ConnectionError("the broker hung up")

    def settle(self) -> None:
        """Wait until the broker has taken in all that was sent."""
        self.send(packets.ping())
        self.until(packets.PINGRESP)


def announce(connection: Connection, chambers: int, turn: int, *, discover: bool) -> int:
    """Publish what is retained; return how many messages that were."""
    count = 0
    messages: Iterable[tuple[str, bytes]] = load.retained(chambers, turn, time.time())
    for source in (discovery.retained(chambers) if discover else (), messages):
        for topic, payload in source:
            connection.send(packets.publish(packets.text(topic), payload, retain=True))
            count += 1
    connection.settle()
    return count


def run(connection: Connection, plan: load.Run, stamps: Path) -> dict[str, float]:
    """Publish a run on its schedule; return how long it took and by how much it was late at most, in seconds."""
    topics = [packets.text(load.topic(chamber, "state")) for chamber in range(plan.chambers)]
    times = array("d")
    late, done, start = 0.0, 0, time.monotonic()
    while done < plan.messages:
        passed = time.monotonic() - start
        due = plan.due(passed)
        if due <= done:
            time.sleep(max(plan.due_at(done) - passed, _PAUSE))
            continue
        if plan.rate:
            late = max(late, passed - plan.due_at(done))
        end = min(due, done + _BATCH)
        _send(connection, plan, topics, range(done, end), times)
        done = end
    took = time.monotonic() - start
    connection.settle()
    stamps.write_bytes(times.tobytes())
    return {"took": took, "late": late}


def _send(
    connection: Connection,
    plan: load.Run,
    topics: list[bytes],
    messages: range,
    times: "array[float]",
) -> None:
    """Send messages as one piece."""
    unix = time.time()
    tails: dict[int, bytes] = {}
    pieces = []
    for message in messages:
        turn, chamber = divmod(message, plan.chambers)
        turn += plan.first_round
        if turn not in tails:
            tails[turn] = load.tail(turn, lean=load.is_lean(plan.chambers))
        payload = load.head(turn, unix) + tails[turn]
        pieces.append(packets.publish(topics[chamber], payload, retain=True))
    times.extend([time.monotonic()] * len(pieces))
    connection.send(b"".join(pieces))


def respond(connection: Connection, turn: int) -> None:
    """Obey commands as chambers do, with a reply and a new state, until the broker hangs up."""
    connection.send(packets.subscribe(f"{load.PREFIX}/v1/+/+/command"))
    for kind, flags, body in connection.packets():
        if kind != packets.PUBLISH:
            continue
        topic, payload = packets.published(flags, body)
        command: dict[str, Any] = json.loads(payload)
        turn += 1
        reply = {"id": command["id"], "status": "applied", "setpoint": command["setpoint"]}
        where = topic.removesuffix("command")
        state = load.state(turn, time.time(), command["setpoint"])
        connection.send(
            packets.publish(packets.text(f"{where}reply"), json.dumps(reply).encode())
            + packets.publish(packets.text(f"{where}state"), state, retain=True)
        )


def main(arguments: list[str]) -> None:
    """Do what standard input says, line by line, until it ends."""
    port = int(arguments[0])
    if len(arguments) > 1:
        respond(Connection(port, "bench-responder"), int(arguments[1]))
        return
    connection = Connection(port, "bench-publisher")
    for line in sys.stdin:
        words: dict[str, Any] = json.loads(line)
        answer: object
        if words.pop("do") == "announce":
            answer = announce(connection, **words)
        else:
            stamps = Path(words.pop("stamps"))
            answer = run(connection, load.Run(**words), stamps)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
