"""What the ends of connections have in common, and what that says of the cause. Pure: time is an argument.

One end says little. Rivals for one client id, a proxy that cuts what is idle, and a connection that never lasts each
leave a pattern over several.
"""

from dataclasses import dataclass
from enum import StrEnum
from statistics import mean

from ..link.errors import Cause, Failure

FIGHT_WITHIN = 600.0
FIGHT_AFTER = 3
BRIEF = 10.0
UNSTABLE_AFTER = 4
SHORTEST_IDLE = 3.0
IDLE_AFTER = 3
ALIKE = 0.2
STEADY_AFTER = 60.0
OUTLIVES = 4.0
SHORTEST_KEEPALIVE = 5
KEEPALIVE_MARGIN = 2.0


class Ailment(StrEnum):
    """What connections suffer from, by the key of its issue."""

    FIGHT = "client_id_fight"
    IDLE_CUT = "idle_cut"
    UNSTABLE = "connection_unstable"


@dataclass(frozen=True, slots=True)
class Takeover:
    """Another client took our id at `at` (monotonic seconds), when we had been up for so many seconds."""

    at: float
    up_for: float


@dataclass(frozen=True, slots=True)
class Health:
    """What the last ends had in common.

    `takeovers` are the newest ones. `brief` counts the connections in a row that were lost soon after they came up,
    without a word and with no failed attempt between them. `idles` are the seconds of silence, nearly equal, after
    which the last connections were lost.
    """

    takeovers: tuple[Takeover, ...] = ()
    brief: int = 0
    idles: tuple[float, ...] = ()

    @property
    def idle(self) -> float:
        """The seconds of silence after which connections are cut."""
        return mean(self.idles) if self.idles else 0.0

    def ailment(self) -> Ailment | None:
        """The one cause that explains most; None while there is no pattern."""
        if len(self.takeovers) >= FIGHT_AFTER:
            return Ailment.FIGHT
        if len(self.idles) >= IDLE_AFTER:
            return Ailment.IDLE_CUT
        return Ailment.UNSTABLE if self.brief >= UNSTABLE_AFTER else None

    def well_after(self) -> float:
        """Seconds that a connection must last to prove that the ailment is over."""
        match self.ailment():
            case Ailment.IDLE_CUT:
                return OUTLIVES * self.idle
            case Ailment.FIGHT:
                return max(STEADY_AFTER, 2 * max(one.up_for for one in self.takeovers))
            case _:
                return STEADY_AFTER


def ended(health: Health, failure: Failure, at: float, keepalive: float) -> Health:
    """Take in that a connection ended at `at`, or could not be made; `keepalive` in seconds was in force."""
    if failure.cause is Cause.STOPPED:
        return health
    takeovers = tuple(one for one in health.takeovers if at - one.at < FIGHT_WITHIN)
    if failure.cause is Cause.TAKEN_OVER:
        taken = Takeover(at, failure.up_for or 0.0)
        return Health(takeovers=(*takeovers, taken)[-FIGHT_AFTER:])
    if failure.up_for is None:
        return Health(takeovers=takeovers, idles=health.idles)
    if failure.cause is not Cause.LOST:
        return Health(takeovers=takeovers)
    return Health(
        takeovers=takeovers,
        brief=health.brief + 1 if failure.up_for <= BRIEF else 0,
        idles=_idles(health, failure.idle, keepalive),
    )


def bridging(idle: float) -> int | None:
    """The keepalive in seconds that keeps a connection from being cut after `idle`; None where none can safely."""
    keepalive = max(SHORTEST_KEEPALIVE, int(idle / 2))
    return keepalive if keepalive <= idle - KEEPALIVE_MARGIN else None


def _idles(health: Health, idle: float, keepalive: float) -> tuple[float, ...]:
    """A silence as long as keepalive is not one that somebody cut: a ping went out and was not answered."""
    if not SHORTEST_IDLE <= idle < keepalive:
        return ()
    alike = abs(idle - health.idle) <= ALIKE * health.idle
    return (*health.idles, idle)[-IDLE_AFTER:] if alike else (idle,)
