"""All that physics remembers of one chamber. The cost of a sample is the same however much was before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import judgement
from ...model import Action, Sample
from ..conditions import LONGEST_STEP
from .blocks import Block, Blocks
from .door import Door
from .drive import Drive
from .effort import HARD, SIDES, SMOOTH, Effort, Strain, effort_after, strain_after
from .flat import Flat
from .likeness import APART, Likeness, likeness_after
from .probes import Doubt, Probes
from .rest import SETTLED
from .starts import Starts
from .surroundings import Need, Surroundings, need_after, surroundings_after

SELDOM = 300.0
"""How often other probes are looked at, s."""
NONE = (None,) * len(SIDES)
AMBIENT = "ambient"
COMPANIONS = ("product", "monitor")
"""Roles of probes that show what the control probe shows, in a steady state; the first is an id, too."""


class Scene:
    """One chamber, fed in the order of its samples.

    `at`: the time of the last sample; the control probe's temperature is `known` up to then, without a gap since
    `begun`. `disturbed`: the last block was, by an open door. `doubts`: what the last sample shows that cannot be.
    `idle_since`: since when all is off.
    """

    def __init__(self) -> None:
        self.at = 0.0
        self.sample = Sample(temperature=None)
        self.drive = Drive(None, None, ())
        self.doubts: list[Doubt] = []
        self.ambient: str | None = None
        self.companions: tuple[str, ...] = COMPANIONS[:1]
        self.disturbed = False
        self.probes = Probes()
        self.starts = Starts()
        self.door = Door()
        self.blocks = Blocks()
        self.begun = self._due = 0.0
        self.known: float | None = None
        self.flat = Flat()
        self.efforts: tuple[Effort | None, ...] = NONE
        self.strains: tuple[Strain | None, ...] = NONE
        self.idle_since: float | None = None
        self.need: Need | None = None
        self.surroundings: Surroundings | None = None
        self.likeness: Likeness | None = None

    @property
    def block(self) -> Block | None:
        """The last closed one; None: nothing is known of just before."""
        closed = self.blocks.closed
        return closed[-1] if closed else None

    @property
    def ambience(self) -> float | None:
        """The ambient's temperature, as it was told lately."""
        return None if self.surroundings is None else self.surroundings.ambient

    @property
    def unusual(self) -> bool:
        """Whether the last sample says anything by itself that may be a fault."""
        sample, drive = self.sample, self.drive
        return bool(
            self.doubts
            or sample.temperature is None
            or sample.quality
            or sample.door
            or (drive.heat and drive.cool)
            or self.door.swing is not None
            or sample.action is Action.FAULT
            or self.at < self.starts.until
        )

    @property
    def quiet(self) -> bool:
        """Whether the last block shows nothing that any rule waits for."""
        block, likeness = self.block, self.likeness
        return block is not None and not (
            (self.idle_since is not None and block.at - self.idle_since >= SETTLED)
            or (self.efforts is not NONE and not self._at_ease())
            or (likeness is not None and not -APART <= likeness.difference <= APART)
            or self.flat.is_dull(block)
        )

    def _at_ease(self) -> bool:
        """Whether all efforts are answered, or owe no answer, and come nearer where they can do no more."""
        owed = any(one is not None and one.owed for one in self.efforts)
        return not owed and all(one is None or self.at - one.since < SMOOTH for one in self.strains)

    def describe(self, roles: Mapping[str, str]) -> None:
        """Take in what the probes are for."""
        by_role = {role: probe for probe, role in sorted(roles.items(), reverse=True)}
        self.ambient = by_role.get(AMBIENT)
        named = [by_role[role] for role in COMPANIONS if role in by_role]
        self.companions = tuple(dict.fromkeys((*named, COMPANIONS[0])))
        self.probes.describe(roles)

    def take(self, at: float, sample: Sample, drive: Drive) -> bool:
        """Take in the next sample; whether a block was closed with it."""
        self.at, self.sample, self.drive = at, sample, drive
        self.doubts = self.probes.look(at, sample)
        self.starts.look(at, sample, drive.running)
        if sample.door:
            self.door.disturbed = at
        plain = not self.doubts and not sample.quality
        value = sample.temperature if plain else self.trusted(judgement.CONTROL)
        if value is None:
            return False
        if self.known is None or at - self.known > LONGEST_STEP:
            self._begin()
            self.begun = at
        self.known = at
        self.flat.see(at, value)
        if sample.door is not None:
            self.door.swing = None
        elif at >= self.door.due:
            self.door.look(at, value, drive, self.blocks, self.surroundings)
        closed = self.blocks.add(at, value, drive)
        if closed:
            self._close(at, sample, drive)
        return closed

    def trusted(self, probe: str) -> float | None:
        """What a probe shows, where nothing speaks against it."""
        if self.doubts and any(doubt.probe == probe for doubt in self.doubts):
            return None
        return judgement.temperature(self.sample, probe)

    def interrupt(self, at: float) -> None:
        """Samples are missing, or the clock was set back to `at`: what was in between is unknown."""
        self.starts.restart()
        if at < self.at:
            back = at - self.at
            for one in (self.probes, self.starts, self.door):
                one.move(back)
            self.known = self.need = None
            self.surroundings = self.surroundings and self.surroundings._replace(at=at)

    def _begin(self) -> None:
        """Go on with a temperature that nothing known leads to."""
        self.blocks.restart()
        self.door.restart()
        self.flat.restart()
        self.efforts = self.strains = NONE
        self.idle_since = self.likeness = None
        self._due = 0.0

    def _close(self, at: float, sample: Sample, drive: Drive) -> None:
        blocks = self.blocks
        block = blocks.close(at, sample, drive)
        self.idle_since = (self.idle_since or block.began) if block.idle else None
        self.flat.close(block)
        self.disturbed = self.door.disturbs(block.began)
        if self.ambience is None:
            self.need = need_after(self.need, block)
        if at >= self._due:
            self._look_round(at, block)
        if self.disturbed or ((block.heat or 0.0) < HARD and (block.cool or 0.0) < HARD):
            self.efforts = self.strains = NONE
            return
        each = tuple(zip(SIDES, self.efforts, self.strains, strict=True))
        self.efforts = tuple(effort_after(one, side, block, blocks) for side, one, _ in each)
        self.strains = tuple(strain_after(one, side, block, blocks) for side, _, one in each)

    def _look_round(self, at: float, block: Block) -> None:
        """Compare with the other probes, which change slowly."""
        self._due = (at // SELDOM + 1.0) * SELDOM
        ambient = None if self.ambient is None else self.trusted(self.ambient)
        self.surroundings = surroundings_after(self.surroundings, block, ambient, self.need)
        shown = (self.trusted(probe) for probe in self.companions)
        companion = next((value for value in shown if value is not None), None)
        mean = self.blocks.mean(at - SELDOM, at)
        if companion is None or mean is None:
            return
        before = self.likeness
        disturbed = self.door.disturbs(block.began if before is None else before.at)
        self.likeness = likeness_after(
            before, at, block.setpoint, (mean, companion), disturbed=disturbed
        )

    def snapshot(self) -> dict[str, Any]:
        """All that outlives a sample, as JSON."""
        return {
            "at": self.at,
            "begun": self.begun,
            "due": self._due,
            "known": self.known,
            "probes": self.probes.snapshot(),
            "starts": self.starts.snapshot(),
            "door": self.door.snapshot(),
            "blocks": self.blocks.snapshot(),
            "flat": self.flat.snapshot(),
            "efforts": self.efforts,
            "strains": self.strains,
            "idle_since": self.idle_since,
            "need": self.need,
            "surroundings": self.surroundings,
            "likeness": self.likeness,
        }

    @classmethod
    def restored(cls, raw: Mapping[str, Any]) -> Scene:
        """The scene of a snapshot."""
        scene = cls()
        scene.at, scene.begun, scene.known = raw["at"], raw["begun"], raw["known"]
        scene._due = raw["due"]
        scene.probes.restore(raw["probes"])
        scene.starts = Starts.restored(raw["starts"])
        scene.door = Door.restored(raw["door"])
        scene.blocks = Blocks.restored(raw["blocks"])
        scene.flat = Flat(*raw["flat"])
        scene.efforts = tuple(one and Effort(*one) for one in raw["efforts"])
        scene.strains = tuple(one and Strain(*one) for one in raw["strains"])
        scene.idle_since = raw["idle_since"]
        scene.need = raw["need"] and Need(*raw["need"])
        scene.surroundings = raw["surroundings"] and Surroundings(*raw["surroundings"])
        scene.likeness = raw["likeness"] and Likeness(*raw["likeness"])
        return scene
