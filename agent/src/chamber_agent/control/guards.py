"""What stands between a wish and the actuators, in this order; each may only hold, or take away."""

from collections.abc import Callable

from .model import Memory, Reason, Situation, Wish
from .settings import Control

HOT_SINK_RELEASE = 5.0
"""The coolers may run again when the hot sink is this much below its limit, K."""


def kept_on(control: Control, memory: Memory, situation: Situation, wish: Wish) -> Wish:
    """Hold what has been on for less than the minimum, unless the wish is urgent."""
    side = memory.side(memory.output)
    if wish.urgent or not side.on or wish.output * memory.output > 0:
        return wish
    if situation.now - side.since >= control.minimum_on:
        return wish
    return Wish(memory.output, Reason.MINIMUM_ON_TIME)


def limited(_control: Control, memory: Memory, _situation: Situation, wish: Wish) -> Wish:
    """Stop the coolers while their hot sink is too hot."""
    return wish.refused(Reason.LIMIT) if wish.output < 0 and memory.overheated else wish


def kept_off(control: Control, memory: Memory, situation: Situation, wish: Wish) -> Wish:
    """Hold what has been off for less than the minimum."""
    side = memory.side(wish.output)
    if wish.output == 0 or side.on or situation.now - side.since >= control.minimum_off:
        return wish
    return wish.refused(Reason.MINIMUM_OFF_TIME)


def interlocked(control: Control, memory: Memory, situation: Situation, wish: Wish) -> Wish:
    """Hold at zero until the opposite side has rested."""
    opposite = memory.side(-wish.output)
    rested = not opposite.on and situation.now - opposite.since >= control.polarity_hold
    return wish if wish.output == 0 or rested else wish.refused(Reason.INTERLOCK)


def overheated(control: Control, memory: Memory, situation: Situation) -> bool:
    """Tell whether the hot sink is too hot, or has not cooled down since."""
    if situation.hot_sink is None:
        return False
    release = HOT_SINK_RELEASE if memory.overheated else 0.0
    return situation.hot_sink >= control.hot_sink_limit - release


GUARDS: tuple[Callable[[Control, Memory, Situation, Wish], Wish], ...] = (
    kept_on,
    limited,
    kept_off,
    interlocked,
)
