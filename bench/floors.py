"""Floors without Home Assistant: a subscriber that does no more than parse each message's JSON."""

import asyncio
import json
import sys
import time
from array import array
from pathlib import Path

from workshop.parts import brokers
from workshop.progress import WorkshopError

from . import load, machine, packets
from .numbers import percentile
from .stand import end, publisher, told
from .tether import environment, tethered

NAMES = ("paho", "aiohttp")
_RATE, _MESSAGES, _CHAMBERS = 1000.0, 10_000, 100


async def measure(name: str, folder: Path) -> dict[str, float]:
    """Send a run to a subscriber; return its processor time per message and its latency in ms.

    Raises:
        WorkshopError: it did not get all messages.
    """
    theirs, others = machine.cores()
    with machine.on(others), brokers.start("mosquitto", folder / "broker") as broker:
        sender = await publisher(broker.plain_port)
        arrivals = folder / "arrivals"
        with machine.on(theirs):
            subscriber = await asyncio.create_subprocess_exec(
                *tethered("bench.floors", name, broker.url, arrivals),
                env=environment(),
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        try:
            assert subscriber.stdout
            async with asyncio.timeout(20):
                await subscriber.stdout.readline()
            before = machine.cpu_seconds(subscriber.pid)
            run = {"chambers": _CHAMBERS, "rate": _RATE, "messages": _MESSAGES, "first_round": 1}
            await told(sender, {"do": "run", "stamps": str(folder / "stamps"), **run})
            async with asyncio.timeout(20):
                await subscriber.stdout.readline()
            used = machine.cpu_seconds(subscriber.pid) - before
        finally:
            await end(subscriber)
            await end(sender)
        sent, came = _doubles(folder / "stamps"), _doubles(arrivals)
    if len(came) != len(sent):
        raise WorkshopError(f"{name} got {len(came)} of {len(sent)} messages")
    # One connection to the broker, and one from it: the order stays.
    took = sorted(1000 * (at - since) for since, at in zip(sent, came, strict=True))
    return {
        "cpu_ms": 1000 * used / _MESSAGES,
        "p50": percentile(took, 0.5),
        "p95": percentile(took, 0.95),
        "p99": percentile(took, 0.99),
    }


def _doubles(file: Path) -> "array[float]":
    values = array("d")
    values.frombytes(file.read_bytes())
    return values


class _Sink:
    """Takes messages until it has them all."""

    def __init__(self, arrivals: Path) -> None:
        self._file = arrivals
        self._times = array("d")

    def take(self, payload: bytes) -> bool:
        """Parse one; return whether it was the last."""
        json.loads(payload)
        self._times.append(time.monotonic())
        if len(self._times) < _MESSAGES:
            return False
        self._file.write_bytes(self._times.tobytes())
        print("all", flush=True)
        time.sleep(1)  # until the processor time is read
        return True


def _with_paho(url: str, sink: _Sink) -> None:
    from urllib.parse import urlsplit  # noqa: PLC0415

    from paho.mqtt.client import Client, MQTTMessage  # noqa: PLC0415 - only this floor has it
    from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion  # noqa: PLC0415

    client = Client(
        CallbackAPIVersion.VERSION2, transport="websockets", protocol=MQTTProtocolVersion.MQTTv5
    )

    def received(_client: Client, _data: object, message: MQTTMessage) -> None:
        if sink.take(message.payload):
            client.disconnect()

    client.on_message = received

    def connected(*_arguments: object) -> None:
        client.subscribe(f"{load.PREFIX}/v1/+/+/state")

    def subscribed(*_arguments: object) -> None:
        print("ready", flush=True)

    client.on_connect = connected
    client.on_subscribe = subscribed
    where = urlsplit(url)
    assert where.hostname
    assert where.port
    client.ws_set_options(path=where.path)
    client.connect(where.hostname, where.port)
    client.loop_forever()


def _with_aiohttp(url: str, sink: _Sink) -> None:
    asyncio.run(_subscribe(url, sink))


async def _subscribe(url: str, sink: _Sink) -> None:
    import aiohttp  # noqa: PLC0415 - only this floor has it

    splitter = packets.Splitter()
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, protocols=("mqtt",)) as socket,
    ):
        await socket.send_bytes(packets.connect("bench-floor"))
        async for frame in socket:
            for kind, flags, body in splitter.feed(frame.data):
                if kind == packets.CONNACK:
                    await socket.send_bytes(packets.subscribe(f"{load.PREFIX}/v1/+/+/state"))
                elif kind == packets.SUBACK:
                    print("ready", flush=True)
                elif kind == packets.PUBLISH and sink.take(packets.published(flags, body)[1]):
                    return


_WAYS = {"paho": _with_paho, "aiohttp": _with_aiohttp}


def main(arguments: list[str]) -> None:
    """Subscribe as told: way, url, file for the times."""
    way, url, arrivals = arguments
    _WAYS[way](url, _Sink(Path(arrivals)))


if __name__ == "__main__":
    main(sys.argv[1:])
