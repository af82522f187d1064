"""A bus's thread: a hung sensor delays nobody else."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable

import pytest

from chamber_agent.errors import SensorFault
from chamber_agent.hardware import bus as module
from chamber_agent.hardware.bus import Bus, Probe
from chamber_agent.sensing import Complaints, ask


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less than on a Pi."""
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    monkeypatch.setattr("chamber_agent.sensing.ANSWER_WITHIN", 0.15)


def fails() -> float:
    raise SensorFault("checksum")


async def test_a_probe_shows_what_is_read_and_its_offset() -> None:
    assert await Probe(Bus("one"), lambda: 5.0, offset=-0.25).temperature() == 4.75


async def test_a_fault_reaches_who_asked() -> None:
    with pytest.raises(SensorFault, match="checksum"):
        await Probe(Bus("one"), fails).temperature()


async def test_what_is_wrong_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    probe, complaints = Probe(Bus("one"), fails), Complaints("box")
    for _ in range(3):
        assert math.isnan(await ask("temperature", probe, complaints) or 0.0)
    assert [record.getMessage() for record in caplog.records] == ["checksum"]


async def test_reads_of_one_bus_happen_one_by_one_and_in_one_thread() -> None:
    bus, seen = Bus("one"), list[tuple[str, int]]()

    def read() -> float:
        seen.append((threading.current_thread().name, threading.active_count()))
        return 1.0

    await asyncio.gather(*(Probe(bus, read).temperature() for _ in range(4)))
    assert {name for name, _ in seen} == {"one"}


class Hanging:
    """A sensor that hangs until it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.asked = 0

    def read(self) -> float:
        """Hang, but not for ever should the test fail."""
        self.asked += 1
        self.released.wait(10)
        return 7.0


async def test_a_hung_sensor_does_not_answer_and_delays_no_other_bus() -> None:
    hanging = Hanging()
    hung, other = Probe(Bus("hung"), hanging.read), Probe(Bus("other"), lambda: 5.0)
    started = time.monotonic()
    assert [
        *await asyncio.gather(
            ask("temperature", hung, Complaints("box")),
            ask("temperature", other, Complaints("box")),
        )
    ] == [None, 5.0]
    assert time.monotonic() - started < 5
    assert await ask("temperature", hung, Complaints("box")) is None
    assert hanging.asked == 1, "a hung reading was asked for again"
    hanging.released.set()
    assert await hung.temperature() == 7.0


async def test_who_gave_up_is_not_served_later() -> None:
    bus, hanging, served = Bus("one"), Hanging(), list[int]()
    hung = asyncio.create_task(bus.call(hanging.read))
    given_up = asyncio.create_task(bus.call(lambda: served.append(1)))
    await asyncio.sleep(0.02)
    given_up.cancel()
    hanging.released.set()
    assert await hung == 7.0
    await bus.call(lambda: None)
    assert served == []


def slow_after_the_first(release: threading.Event) -> Callable[[], float]:
    answers = iter((1.0,))

    def read() -> float:
        for value in answers:
            return value
        release.wait(10)
        return 2.0

    return read


async def test_a_slow_bus_shows_its_last_reading_while_that_is_fresh() -> None:
    release, now = threading.Event(), [100.0]
    probe = Probe(Bus("slow"), slow_after_the_first(release), clock=lambda: now[0])
    assert await probe.temperature() == 1.0
    assert await probe.temperature() == 1.0
    now[0] += module.FRESH + 0.1
    assert await ask("temperature", probe, Complaints("box")) is None
    release.set()
    assert await probe.temperature() == 2.0


async def test_the_reading_before_a_fault_is_not_shown_again() -> None:
    answers = iter([1.0])

    def read() -> float:
        for value in answers:
            return value
        raise SensorFault("checksum")

    probe = Probe(Bus("one"), read)
    assert await probe.temperature() == 1.0
    with pytest.raises(SensorFault):
        await probe.temperature()
    assert probe._last is None
