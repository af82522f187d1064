"""A real record with a story in it: a vaccine refrigerator over the night in which the clocks change."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.chamber_ws.chamber import alarm
from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed, Signature
from custom_components.chamber_ws.chamber.analysis.findings import Happened, Occurrence
from custom_components.chamber_ws.chamber.analysis.settings import Profile, Settings
from custom_components.chamber_ws.chamber.model import (
    Action,
    Address,
    Clock,
    Meta,
    Mode,
    Part,
    Sample,
)
from custom_components.chamber_ws.chamber.past.timeline import Placed
from custom_components.chamber_ws.record.care import Care
from custom_components.chamber_ws.record.report import Account, Context, gather
from custom_components.chamber_ws.record.rows import Position, Row, Stretch
from custom_components.chamber_ws.record.store import Store

BOX = Address("cellar-pi", "box1")
NAME = "Vaccine refrigerator"
BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = 3600.0, 86400.0
START = 1792792800.0
"""2026-10-24 00:00 in Berlin; the clocks go back at 2026-10-25 03:00."""
VACCINE = Settings(
    low=2.0, high=8.0, delay_high=0.5 * HOUR, freeze=-0.5, delay_low=HOUR, warning=600.0, latch=True
)
BEN = Signature(user="77", name="Ben")
ANNA = Signature(user="5f2c", name="Anna Weiß")
META = Meta(
    manufacturer="Kälte & Söhne",
    model="VR-15",
    serial="0815",
    software="1.4.2",
    calibration_due="2027-05-01",
)


@dataclass
class Kept:
    """A record that is being written, and the alarm that is fed with it."""

    store: Store
    chamber: int
    stretch: Stretch
    alarm: alarm.Alarm
    rows: list[Row] = field(default_factory=list)
    seq: int = 0
    answers: bool = True

    @classmethod
    def at(cls, path: Path, settings: Settings = VACCINE, *, answers: bool = True) -> Kept:
        """An empty record of a chamber, whose gateway `answers` for the past."""
        store = Store.open(path)
        chamber = store.chamber(BOX)
        stretch = store.begin(chamber, "k3f9")
        return cls(store, chamber, stretch, alarm.begin(settings), answers=answers)

    def sample(
        self,
        at: float | None,
        temperature: float | None,
        *,
        fetched: bool = False,
        placed: Placed = Placed.OWN,
        **said: Any,
    ) -> Row:
        """Keep one sample, and judge it."""
        self.seq += 1
        clock = {Placed.OWN: Clock.NTP, Placed.ESTIMATED: Clock.ESTIMATED}.get(placed, Clock.NONE)
        sample = Sample(
            temperature=temperature, seq=self.seq, epoch="k3f9", time=at, clock=clock, **said
        )
        row = Row(self.stretch.id, self.seq, at, placed, fetched, sample)
        self.rows.append(row)
        self.stretch.covered = self.stretch.covered.with_range(self.seq, self.seq)
        if at is not None:
            self.alarm, occurred = alarm.judge(self.alarm, at, temperature)
            if occurred:
                self.store.add_occurrences(self.chamber, occurred)
        return row

    def constant(
        self, start: float, end: float, temperature: float, step: float = 60.0, **said: Any
    ) -> None:
        """The same temperature from `start` up to and including `end`."""
        for index in range(int((end - start) / step) + 1):
            self.sample(start + index * step, temperature, **said)

    def skip(self, count: int, *, lost: bool = False) -> None:
        """Numbers that are missing, for now or for good."""
        if lost:
            self.stretch.lost = self.stretch.lost.with_range(self.seq + 1, self.seq + count)
        self.seq += count

    def deed(self, act: Act, at: float, by: Signature = ANNA, **said: Any) -> None:
        """Enter what somebody does, and do it."""
        deed = Deed(act=act, at=at, by=by, **said)
        self.store.append(self.chamber, deed)
        self.alarm, occurred = alarm.perform(self.alarm, deed)
        self.store.add_occurrences(self.chamber, occurred)

    def occur(self, happened: Happened, at: float, what: str, **details: Any) -> None:
        self.store.add_occurrences(self.chamber, [Occurrence(happened, at, what, details)])

    def account(
        self,
        start: float = START,
        end: float = START + DAY,
        settings: Settings = VACCINE,
        name: str = NAME,
        now: float | None = None,
        **context: Any,
    ) -> Account:
        """The account of a period."""
        self.store.add(self.rows)
        self.rows.clear()
        self.store.save(self.stretch)
        self._settle()
        self.store.commit()
        made = end + HOUR if now is None else now
        told = Context(**{"zone": BERLIN, "meta": META, **context})
        return gather(self.store, BOX, name, start, end, settings, made, told)

    def _settle(self) -> None:
        """What is kept here is settled as it comes."""
        care = Care(self.chamber, BOX, answers=self.answers)
        care.deed_id = max((entry.id for entry in self.store.deeds(self.chamber, 0)), default=0)
        settled = Position(self.stretch.id, self.seq)
        self.store.save_snapshot(self.chamber, settled, care.snapshot())


def course(hour: float) -> float:
    """The temperature of the story, so many hours after its start."""
    calm = 5.0 + 0.35 * math.sin(hour * 7.1) + 0.15 * math.sin(hour * 23.0)
    if 30.0 <= hour < 33.5:
        calm += 6.5 * (1 - math.exp(-(hour - 30.0) / 1.2))
    elif 33.5 <= hour < 40.0:
        calm += 6.2 * math.exp(-(hour - 33.5) / 0.7)
    if 62.0 <= hour < 62.3:
        calm += 4.0
    return round(calm, 3)


def story(kept: Kept, step: float = 60.0) -> None:
    """Three days: a failure that is acknowledged, an outage partly fetched later, a door, a changed setpoint."""
    setpoint: dict[str, Any] = {
        "old": {"setpoint": 4.5},
        "new": {"setpoint": 5.0, "outcome": "applied"},
        "why": "as the label says",
    }
    comment = "Cooler was dead, moved the vaccines to the spare unit"
    until = {"until": START + 34 * HOUR}
    door = "door_open_inferred"
    deeds: list[tuple[float, Callable[[float], None]]] = [
        (9.0, lambda at: kept.deed(Act.SETPOINT, at, **setpoint)),
        (31.9, lambda at: kept.deed(Act.ACKNOWLEDGE, at, why=comment)),
        (33.0, lambda at: kept.deed(Act.SHELVE, at, by=BEN, new=until, why="technician at work")),
        (62.1, lambda at: kept.occur(Happened.FAULT_STARTED, at, door)),
        (62.4, lambda at: kept.occur(Happened.FAULT_ENDED, at, door)),
    ]
    count = int(72 * HOUR / step)
    for index in range(count):
        hour = index * step / HOUR
        while deeds and deeds[0][0] <= hour:
            due, do = deeds.pop(0)
            do(START + due * HOUR)
        if 50.0 <= hour < 51.5:
            kept.skip(1, lost=True)
            continue
        dead = 30.0 <= hour < 33.5
        kept.sample(
            START + index * step,
            course(hour),
            fetched=48.0 <= hour < 50.0 or 51.5 <= hour < 54.0,
            setpoint=4.5 if hour < 9.0 else 5.0,
            mode=Mode.HEAT_COOL,
            action=Action.IDLE if dead else Action.COOLING,
            coolers=(Part(on=not dead, duty=0.0 if dead else 38.0 + 10 * math.sin(hour)),),
            probes={"air": course(hour) - 0.4},
            power=2.0 if dead else 22.0,
        )
    kept.occur(Happened.LOST, START + 48.0 * HOUR, "data")
    kept.occur(Happened.RECOVERED, START + 54.0 * HOUR, "data")


def settings(**fields: Any) -> Settings:
    """The story's settings, but for these."""
    return Settings(**{**asdict(VACCINE), "profile": Profile.CUSTOM, **fields})


def joined(pieces: Iterable[bytes]) -> str:
    """Text that came in pieces of UTF-8."""
    return b"".join(pieces).decode()
