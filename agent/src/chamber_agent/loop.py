"""One chamber, lived: sense, decide, act, publish."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from typing import NamedTuple, Protocol

from . import control, samples, sensing
from .chamber import commands
from .chamber.judgement import CONTROL
from .chamber.model import Action, Mode, Sample
from .clock import Clocks, Moment
from .config import ChamberConfig
from .control import Decision, Memory, Reason, Situation
from .errors import HardwareError
from .hardware import Drive, Rig
from .hardware.simulated import Role
from .kept import Target
from .profiles.course import Course
from .profiles.run import Run
from .profiles.steps import End
from .samples import Aim, Happening, Place, lasting
from .sensing import Sensed, Track

_LOGGER = logging.getLogger(__name__)
LONGEST_TURN = 60.0
"""A machine that slept longer than this goes on as if it had slept this long, s."""


SPARE = 3
"""Further things that may each take as long as a sensor: actuators, twice, and the machine."""


class Audience(Protocol):
    """Whom a loop tells."""

    def sampled(self, chamber: str, sample: Sample) -> None:
        """A new sample was taken."""

    def happened(self, chamber: str, happening: Happening, sample: Sample) -> None:
        """Something happened; the sample shows what was so then."""


class Witnesses(NamedTuple):
    """Several audiences, told one after the other."""

    each: tuple[Audience, ...]

    def sampled(self, chamber: str, sample: Sample) -> None:
        """A new sample was taken."""
        for one in self.each:
            one.sampled(chamber, sample)

    def happened(self, chamber: str, happening: Happening, sample: Sample) -> None:
        """Something happened; the sample shows what was so then."""
        for one in self.each:
            one.happened(chamber, happening, sample)


class Register(Protocol):
    """Who gives the numbers of samples."""

    def next(self, chamber: str) -> Place:
        """Give a chamber's next number."""

    def begin_epoch(self, chamber: str) -> None:
        """Number a chamber's samples anew."""


class Rhythm(NamedTuple):
    """How often a chamber is looked at, and how often at least it speaks, in s."""

    interval: float
    heartbeat: float

    def patience(self, sensors: int) -> float:
        """Return how long a turn may take with so many sensors, none of which answers, s."""
        return 3 * self.interval + (sensors + SPARE) * sensing.ANSWER_WITHIN


class Loop:
    """Keeps one chamber at its target, and tells of it. Its turns happen one by one."""

    def __init__(
        self,
        chamber: ChamberConfig,
        rig: Rig,
        target: Target,
        audience: Audience,
        clocks: Clocks,
        register: Register,
    ) -> None:
        self.chamber = chamber
        self.target = target
        self._rig = rig
        self._audience = audience
        self._clocks = clocks
        self._one_turn = asyncio.Lock()
        self._now = 0.0
        self._tracks: Mapping[str, Track] = {}
        self._memory = Memory() if rig.rested else Memory.unknown(self._now)
        self._looked_at: Moment | None = None
        self._lived_until: float | None = None
        self._lived = self._followed = 0.0
        self._told: tuple[Sample, Moment] | None = None
        self._register = register
        self._turned: tuple[float, float] | None = None
        self.course = Course()
        self.progressed = asyncio.Event()
        """The profile reached another step or state since this was last cleared."""
        self._complaint = ""
        self._complaints = sensing.Complaints(chamber.id)

    @property
    def name(self) -> str:
        """The chamber's id."""
        return self.chamber.id

    @property
    def integral(self) -> float:
        """What the thermostat has learnt: the part of its output that does not depend on the error, -1 to 1."""
        return self._memory.integral

    @integral.setter
    def integral(self, learnt: float) -> None:
        self._memory = replace(self._memory, integral=learnt)

    def late(self, now: float) -> bool | None:
        """Tell whether its turn is overdue by the event loop's clock; None before its first one."""
        return None if self._turned is None else now > sum(self._turned)

    async def run(self, rhythm: Rhythm, delay: float = 0.0) -> None:
        """Take turns until cancelled. What goes wrong costs one turn, and puts everything into its safe state."""
        await asyncio.sleep(delay)
        clock = asyncio.get_running_loop().time
        patience = rhythm.patience(3 + len(self._rig.probes))
        due = clock()
        while True:
            try:
                await self.turn(rhythm)
            except Exception:
                _LOGGER.exception("%s: a turn failed: the safe state holds", self.chamber.id)
                await self.rest()
            self._turned = clock(), patience
            due = max(due + rhythm.interval, clock())
            await asyncio.sleep(due - clock())

    async def turn(self, rhythm: Rhythm | None = None) -> Sample:
        """Live up to now and tell of it: where something changed, or the rhythm asks; always without one."""
        async with self._one_turn:
            return await self._live(rhythm)

    async def attempt(self, change: Callable[[], None]) -> Sample:
        """Change what is aimed at and show it at once; where that turn fails, nothing was changed, and all is safe."""
        async with self._one_turn:
            # What a failed turn left over is no part of the change.
            self._follow(self._clocks.now())
            before = self.target, copy(self.course), self._followed
            change()
            try:
                return await self._live(None)
            except Exception:
                self.target, self.course, self._followed = before
                await self._rest()
                raise

    async def aim(self, setpoint: float | None = None, mode: Mode | None = None) -> Sample:
        """Go for it at once; what is not named stays. Any profile ends, unless another mode alone lets it go on."""

        def change() -> None:
            asked = self.target.setpoint if setpoint is None else setpoint
            self.target = Target(asked, mode or self.target.mode)
            if setpoint is not None or mode is Mode.OFF:
                self.course.drop()

        return await self.attempt(change)

    @property
    def temperature(self) -> float | None:
        """The control probe's last good value; None where that is too long ago."""
        return self._tracks.get(CONTROL, Track()).coasted(self._now)

    @property
    def aiming(self) -> Aim:
        """What is aimed at now."""
        setpoint, mode = self.target
        progress = None if self.course.run is None else self.course.run.progress
        if active := self.course.active:
            return Aim(active.setpoint, active.effective, mode, progress)
        return Aim(setpoint, setpoint, mode, progress)

    def begin_epoch(self) -> None:
        """Number the samples anew from the next one on."""
        self._register.begin_epoch(self.chamber.id)

    async def rest(self) -> None:
        """Put everything into its safe state, between two turns."""
        async with self._one_turn:
            await self._rest()

    async def _rest(self) -> None:
        safe = self.chamber.safe_in(self.target.mode)
        await self._act(*control.rest(self.chamber.control, self._memory, self._now, safe))

    async def _live(self, rhythm: Rhythm | None) -> Sample:
        moment = self._clocks.now()
        elapsed, skipped = self._elapsed(moment)
        self._lived += skipped
        self._follow(moment)
        for seconds in self._rig.pace(elapsed):
            self._now += seconds
            self._lived += seconds
            sample = await self._step(moment)
        return self._tell(sample, moment, rhythm)

    async def _step(self, moment: Moment) -> Sample:
        self._tracks, sensed = await sensing.sense(
            self._rig, self._tracks, self._now, self._complaints
        )
        self._follow(moment)
        self._memory, watched = self._watched(sensed)
        situation = self._situation(sensed, watched)
        memory, decision = control.decide(
            self.chamber.control, self._memory, situation, self.chamber.safe
        )
        done, drive = await self._act(memory, decision)
        if not self.chamber.controlled:
            return samples.measured(sensed, decision.reason)
        return samples.compose(sensed, done, drive, self.aiming)

    def _watched(self, sensed: Sensed) -> tuple[Memory, bool]:
        """Look at the cut-out's probe; the flag says whether it can be relied on."""
        cutout = self.chamber.cutout.within(self.chamber.limits)
        name = cutout.probe or CONTROL
        reading = sensed.probes[name] if cutout.probe else sensed.temperature
        good = self._tracks[name].coasted(self._now)
        return control.watched(cutout, self._memory, reading.value, good), good is not None

    def _situation(self, sensed: Sensed, watched: bool) -> Situation:
        """Return what the thermostat sees: nothing, while what would stop it is blind."""
        temperature = self._tracks[CONTROL].coasted(self._now) if watched else None
        hot_sinks = [
            reading.value
            for name, reading in sensed.probes.items()
            if self.chamber.probes[name].role == Role.HOT_SINK and reading.value is not None
        ]
        aim = self.aiming
        hot_sink = max(hot_sinks, default=None)
        return Situation(self._now, temperature, aim.effective, aim.mode, hot_sink)

    async def _act(self, memory: Memory, decision: Decision) -> tuple[Decision, Drive]:
        drive = driven(self.chamber, decision)
        self._memory = control.failed(self._memory, memory)
        try:
            async with asyncio.timeout(sensing.ANSWER_WITHIN):
                await self._rig.actuators.drive(drive)
        except TimeoutError:
            self._complain(f"nothing within {sensing.ANSWER_WITHIN:g} s")
        except HardwareError as error:
            self._complain(str(error))
        except Exception as error:  # noqa: BLE001 - a driver's mistake must not end the other chambers
            self._complain(repr(error))
        else:
            self._memory = memory
            self._complaint = ""
            return decision, drive
        failed = replace(decision, action=Action.FAULT, reason=Reason.ACTUATOR_FAULT)
        return failed, drive

    def _follow(self, moment: Moment) -> None:
        """Move the profile on by what was lived through since, and take its end for the target."""
        running = self.course.active
        seconds, self._followed = self._lived - self._followed, self._lived
        if self.course.follow(seconds, self.temperature, moment.utc):
            self.progressed.set()
        if running is not None and self.course.active is None:
            last = self.course.run or running
            self.target = self._afterwards(last, stopped=self.course.run is None)

    def _afterwards(self, run: Run, *, stopped: bool) -> Target:
        """Return the target once a profile is over: what it says, or the setpoint in force where it was stopped."""
        end = End.HOLD if stopped else run.profile.end
        setpoint = run.previous if end is End.PREVIOUS else run.effective
        mode = Mode.OFF if end is End.OFF else self.target.mode
        return Target(commands.rounded(setpoint, self.chamber.limits), mode)

    async def halt(self) -> Sample:
        """End the profile where it stands; its setpoint stays."""

        def change() -> None:
            if run := self.course.active:
                self.target = self._afterwards(run, stopped=True)
            self.course.drop()

        return await self.attempt(change)

    def _complain(self, why: str) -> None:
        """Log a failure of the actuators once, not with every turn."""
        if why != self._complaint:
            _LOGGER.warning("%s: the actuators do not answer: %s", self.chamber.id, why)
        self._complaint = why

    def _elapsed(self, moment: Moment) -> tuple[float, float]:
        """Return the seconds to live through since the last turn, and those to skip; none counts twice."""
        earlier = moment.uptime if self._lived_until is None else self._lived_until
        self._lived_until = moment.uptime
        passed = max(0.0, moment.uptime - earlier)
        return min(LONGEST_TURN, passed), max(0.0, passed - LONGEST_TURN)

    def _tell(self, sample: Sample, moment: Moment, rhythm: Rhythm | None) -> Sample:
        before, told_at = self._told or (None, None)
        due = (
            rhythm is None
            or told_at is None
            or (moment.uptime - told_at.uptime > rhythm.heartbeat - rhythm.interval)
        )
        happened = [*samples.stepped(self._looked_at, moment), *samples.happenings(before, sample)]
        self._looked_at = moment
        if before is None or due or happened or lasting(sample) != lasting(before):
            self._told = sample, moment
            sample = samples.placed(sample, self._register.next(self.chamber.id), moment)
            self._audience.sampled(self.chamber.id, sample)
        for happening in happened:
            self._audience.happened(self.chamber.id, happening, sample)
        return sample


def driven(chamber: ChamberConfig, decision: Decision) -> Drive:
    """Return what a decision means for a chamber's actuators."""
    return Drive(
        heaters=(decision.heat,) * len(chamber.heaters),
        coolers=(decision.cool,) * len(chamber.coolers),
        fans=(decision.fans,) * len(chamber.fans),
    )
