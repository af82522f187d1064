"""Both links against every fault of the table: found in time, named rightly, and forgotten once it is over."""

import asyncio
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from end_to_end.ends import ENDS, End, Talk, Where
from end_to_end.parts import TIMEOUT
from faults import possessions
from faults.haste import SHORT, hasty, with_settings
from faults.proxy import LOOPBACK, Proxy
from faults.table import BEARABLE, FAULTS, Fault, When
from faults.tls import Certificates, certificates
from workshop.parts.brokers import Broker

pytestmark = TIMEOUT

SLACK = 4.0
"""Seconds by which a machine that does a hundred faults at once may be late."""
PROOFS = 5
PULSE = "faults/pulse"
"""Said at QoS 0 all the time, so that a line is never idle on the way down."""
NUMBERS = "faults/numbers"
"""Numbered, at QoS 1: what the broker keeps."""
INTERVAL = 0.1
KEPT_FOR = 60


@dataclass
class Pulse:
    """Talks all the time, straight to the broker."""

    port: int
    said: int = 0
    """How many numbers."""

    async def beat(self) -> None:
        """Until it is cancelled."""
        async with Talk(ENDS[0], Where(f"ws://{LOOPBACK}:{self.port}/mqtt"), "5") as talk:
            await talk.up()
            while True:
                talk.say(PULSE, b"pulse", qos=0)
                talk.say(NUMBERS, f"{self.said}".encode())
                self.said += 1
                await asyncio.sleep(INTERVAL)


@dataclass
class Trial:
    """A fault that happens to an end, and what came of it."""

    fault: Fault
    end: End
    tls: Certificates
    pulse: Pulse
    causes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    missed: list[int] = field(default_factory=list)
    """The numbers that did not arrive, of those said since the link was first up."""
    error: str = ""

    async def run(self) -> None:
        """Connect through a proxy, suffer, recover."""
        encrypted = self.fault.when is When.ENCRYPTING
        try:
            async with Proxy(self.pulse.port, self.tls.good if encrypted else None) as self.proxy:
                where = Where(self.proxy.url, tls=self.tls.client() if encrypted else None)
                self.topic = f"faults/{secrets.token_hex(6)}"
                bears = self.fault.when is When.BEARABLE
                topics = (self.topic,) if bears else (self.topic, PULSE, NUMBERS)
                self.talk = Talk(self.end, where, "5", topics, session_expiry=KEPT_FOR)
                await (self._bear() if bears else self._suffer())
        except Exception as error:  # noqa: BLE001 - each fault has a test of its own, which tells
            self.error = f"{type(error).__name__}: {error}"

    async def _bear(self) -> None:
        async with self.talk:
            await self.talk.up()
            await self.fault.happen(self.proxy, self.tls)
            await self._prove()
            self.causes = self.talk.causes

    async def _suffer(self) -> None:
        """Meet it while connecting first, or in the connection; then once more, and miss nothing of what is kept."""
        loop, live = asyncio.get_running_loop(), self.fault.when is When.LIVE
        if not live:
            await self.fault.happen(self.proxy, self.tls)
        began = loop.time()
        async with self.talk:
            if live:
                await self.talk.up()
                await self._prove()
                began = loop.time()
                await self.fault.happen(self.proxy, self.tls)
            await self.talk.until(lambda: bool(self.talk.downs))
            self.seconds = loop.time() - began
            self.causes = self.talk.causes[:1]
            await self._mend()
            if not live:
                await self._again()
            await self._count()

    async def _again(self) -> None:
        """The same when a connection is to be made again."""
        downs = len(self.talk.downs)
        await self.fault.happen(self.proxy, self.tls)
        self.proxy.reset()
        await self.talk.until(lambda: self.causes[0] in self.talk.causes[downs:])
        await self._mend()

    async def _mend(self) -> None:
        ups = len(self.talk.ups)
        await self.proxy.mend()
        await self.talk.up(ups + 1)
        await self._prove()

    def _heard(self, topic: str) -> list[bytes]:
        return [one.payload for one in self.talk.received if one.topic == topic]

    async def _prove(self) -> None:
        """The link carries messages, whole and in order."""
        contents = [f"{number} {secrets.token_hex(50)}".encode() for number in range(PROOFS)]
        for content in contents:
            self.talk.say(self.topic, content)
        await self.talk.until(lambda: set(contents) <= set(self._heard(self.topic)))
        assert list(dict.fromkeys(self._heard(self.topic)))[-PROOFS:] == contents

    async def _count(self) -> None:
        """Which numbers are missing; those that the cut swallowed come with the next connection."""
        last = f"{self.pulse.said - 1}".encode()
        await self.talk.until(lambda: last in self._heard(NUMBERS))
        numbers = [int(content) for content in self._heard(NUMBERS)]
        self.missed = sorted(set(range(min(numbers), max(numbers))) - set(numbers))


@dataclass
class Everything:
    """All faults at once."""

    trials: dict[tuple[str, str], Trial] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    async def happen(self, port: int, folder: Path) -> None:
        """Let all of them happen, to both ends, at the same time; what is to be borne, after the others."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, about: self.complaints.append(str(about)))
        tls, pulse = certificates(folder), Pulse(port)
        beating = asyncio.create_task(pulse.beat())
        for end in ENDS:
            await Trial(FAULTS[0], end, tls, pulse).run()
        tasks, files = possessions.tasks(), possessions.files()
        for group in (FAULTS[: -len(BEARABLE)], BEARABLE):
            trials = [Trial(fault, end, tls, pulse) for fault in group for end in ENDS]
            self.trials |= {(one.fault.name, one.end.name): one for one in trials}
            await asyncio.gather(*(one.run() for one in trials))
        beating.cancel()
        await asyncio.wait([beating])
        async with asyncio.timeout(5):
            while possessions.tasks() >= tasks or possessions.files() > files:
                await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def everything(mosquitto: Broker, tmp_path_factory: pytest.TempPathFactory) -> Everything:
    """All faults, which take together as long as the longest; nothing is left of them."""
    made = Everything()
    with hasty(), with_settings(keepalive=SHORT.keepalive):
        asyncio.run(made.happen(mosquitto.port, tmp_path_factory.mktemp("certificates")))
    return made


@pytest.mark.parametrize("end", ENDS, ids=lambda end: str(end.name))
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.name))
def test_a_fault_is_named_found_in_time_and_forgotten(
    everything: Everything, fault: Fault, end: End
) -> None:
    trial = everything.trials[fault.name, end.name]
    cause = fault.causes.get(end.name, fault.cause)
    assert not trial.error
    assert trial.causes == ([cause] if cause else [])
    assert trial.seconds <= fault.within.seconds(SHORT) + SLACK
    assert trial.missed == []


def test_nobody_complains_of_all_faults(everything: Everything) -> None:
    assert everything.complaints == []
