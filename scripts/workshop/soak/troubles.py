"""What happens to everything: a deck of troubles, shuffled again whenever it is used up."""

import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from . import prelude
from .chambers import CHAMBERS
from .house import House
from .lines import End
from .stage import Stage

_LONGEST_HOLD = 4.0
_FURTHEST = 8.0
"""How far a setpoint may be from the one a chamber began with, K."""


class Scene(NamedTuple):
    """On what a trouble acts, and the chance that decides how."""

    stage: Stage
    house: House
    record: Path
    chance: random.Random


def _cut(end: End, scene: Scene) -> None:
    rudely, after = scene.chance.random() < 0.5, scene.chance.choice((None, None, 1, 700, 20_000))
    scene.stage.lines.cut(end, after=after, rudely=rudely)


def _hold(end: End, scene: Scene) -> None:
    scene.stage.lines.hold(end)
    scene.stage.wait(scene.chance.uniform(1.0, _LONGEST_HOLD))
    scene.stage.lines.mend(end)


def _refuse(end: End, scene: Scene) -> None:
    scene.stage.lines.refuse(end)
    _ask_somebody(scene)
    scene.stage.wait(scene.chance.uniform(0.5, _LONGEST_HOLD))
    scene.stage.lines.mend(end)


def _cut_both(scene: Scene) -> None:
    for end in End:
        _cut(end, scene)


def _broker(scene: Scene, *, killed: bool) -> None:
    scene.stage.end_broker(killed=killed)
    scene.stage.start_broker()


def _agent(scene: Scene, *, killed: bool) -> None:
    scene.stage.end_agent(killed=killed)
    if scene.chance.random() < 0.25:
        scene.stage.put_back()
    timeless = scene.chance.random() < 0.3
    scene.stage.go_live(*(("--unsynchronised", "3") if timeless else ()))


def _restart_house(scene: Scene) -> None:
    """Somebody does something about an alarm just before. The start takes its time: other troubles happen meanwhile."""
    scene.stage.end_house()
    record, chamber, now = scene.record, scene.chance.choice(CHAMBERS), time.time()
    if scene.chance.random() < 0.3:
        prelude.shelve(record, chamber.id, now, scene.chance.uniform(5.0, 30.0))
    else:
        prelude.acknowledge(record, chamber.id, now)
    scene.stage.start_house()


def _kill_house(scene: Scene) -> None:
    scene.stage.end_house(killed=True)
    scene.stage.start_house()


def _everybody(scene: Scene) -> None:
    """A power cut for all."""
    scene.stage.end_house(killed=True)
    scene.stage.end_agent(killed=True)
    _broker(scene, killed=True)
    scene.stage.go_live()
    scene.stage.start_house()


def _ask_somebody(scene: Scene) -> None:
    """Somebody beside Home Assistant sets a chamber, which hears of it or not."""
    chamber = scene.chance.choice(CHAMBERS)
    setpoint = round(chamber.setpoint + scene.chance.uniform(-_FURTHEST, _FURTHEST), 1)
    back = scene.chance.random() < 0.6
    scene.stage.witness.asks(chamber.id, setpoint=chamber.setpoint if back else setpoint)


def _ask_house(scene: Scene) -> None:
    """A user sets a thermostat, and sees whether that was done."""
    chamber = scene.chance.choice(CHAMBERS)
    setpoint = chamber.setpoint + scene.chance.choice((-3, 0, 0, 2))
    scene.house.set_temperature(chamber.id, setpoint)


def _clock(scene: Scene) -> None:
    """Mostly somebody sets it right again."""
    scene.stage.set_clock(scene.chance.choice((0.0, 0.0, -700.0, -90.0, -20.0, 15.0, 45.0, 400.0)))


def _rival(scene: Scene) -> None:
    scene.stage.witness.rivals()


def _hour(scene: Scene) -> None:
    scene.house.say_that_an_hour_is_compiled()


_DECK: tuple[tuple[str, int, Callable[[Scene], None]], ...] = (
    ("Home Assistant's line cut", 4, partial(_cut, End.HOUSE)),
    ("the gateway's line cut", 5, partial(_cut, End.GATEWAY)),
    ("both lines cut", 2, _cut_both),
    ("Home Assistant's line held", 1, partial(_hold, End.HOUSE)),
    ("the gateway's line held", 1, partial(_hold, End.GATEWAY)),
    ("nobody let in to Home Assistant's line", 1, partial(_refuse, End.HOUSE)),
    ("nobody let in to the gateway's line", 1, partial(_refuse, End.GATEWAY)),
    ("broker restarted", 1, partial(_broker, killed=False)),
    ("broker killed", 1, partial(_broker, killed=True)),
    ("agent restarted", 1, partial(_agent, killed=False)),
    ("agent killed", 3, partial(_agent, killed=True)),
    ("Home Assistant restarted", 1, _restart_house),
    ("Home Assistant killed", 1, _kill_house),
    ("everybody killed", 1, _everybody),
    ("a setpoint from somebody else", 4, _ask_somebody),
    ("a setpoint from a user", 3, _ask_house),
    ("an hour compiled", 2, _hour),
    ("the gateway's clock set", 2, _clock),
    ("a rival of the gateway", 1, _rival),
)


def troubles(chance: random.Random) -> Iterator[tuple[str, Callable[[Scene], None]]]:
    """Yield troubles without end; each deck has all of them."""
    deck = [(name, strike) for name, count, strike in _DECK for _ in range(count)]
    while True:
        yield from chance.sample(deck, len(deck))
