"""What to try after a connection ended: which version of MQTT, and when. Pure: chance is an argument."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .errors import Cause, Failure
from .packets import Version

FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0
SLOW_DELAY = 300.0
LONGEST_WISH = 3600.0
STEADY_AFTER = 30.0
JITTER = 0.5

VERSION_DOUBTED = frozenset(
    {Cause.UNSUPPORTED_PROTOCOL, Cause.NO_GREETING, Cause.SILENT, Cause.PROTOCOL_ERROR}
)
HOPELESS_FOR_NOW = frozenset({Cause.INVALID_AUTH, Cause.NOT_AUTHORIZED})
CHOICES = {
    "auto": (Version.V5, Version.V311),
    Version.V5.value: (Version.V5,),
    Version.V311.value: (Version.V311,),
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What to try next: `version` of `choices` after `delay` seconds; `tried` are those that failed in this round.

    `proven` says that `version` was the one that worked last: one silence does not disprove it.
    `best` is the first of `choices` that ever worked: every round begins with it, so that a broker that fell back for
    a while is not spoken to in the lesser version for ever.
    `address` counts through the `addresses` of the broker; `passed` of them failed since the last pause.
    """

    choices: tuple[Version, ...]
    version: Version
    delay: float = 0.0
    attempts: int = 0
    tried: frozenset[Version] = frozenset()
    proven: bool = False
    best: Version | None = None
    addresses: int = 1
    address: int = 0
    passed: int = 0


def first(protocol: str, remembered: Version | None = None) -> Outlook:
    """The outlook of a new link; `protocol` is `auto`, `5` or `3.1.1`, `remembered` the best that ever worked."""
    choices = CHOICES[protocol]
    if remembered in choices:
        return Outlook(choices, remembered, proven=True, best=remembered)
    return Outlook(choices, choices[0])


def better(known: Version | None, spoken: Version) -> Version:
    """The better one of what was known to work and what works now."""
    return min(known or spoken, spoken, key=CHOICES["auto"].index)


def after(
    outlook: Outlook, failure: Failure, chance: float, *, up_for: float | None = None
) -> Outlook:
    """The outlook after a connection ended with `failure`, having been up for so many seconds, or never (None).

    A version that got no proper greeting makes room for the next at once (one that worked before, at the
    second time: a broker that starts is slow); once all were tried, the next address has its turn, at once. After
    a round of all addresses there is a pause, which grows. It is spread by `chance` (0 to 1), so that many clients do
    not come back at the same moment.
    """
    doubted = up_for is None and failure.cause in VERSION_DOUBTED
    proven = up_for is not None or (outlook.proven and not doubted)
    best = outlook.best if up_for is None else better(outlook.best, outlook.version)
    if outlook.proven and failure.cause is not Cause.UNSUPPORTED_PROTOCOL:
        doubted = False
    tried = outlook.tried | {outlook.version}
    untried = [version for version in outlook.choices if version not in tried] if doubted else []
    if untried:
        return replace(outlook, version=untried[0], tried=tried, delay=0.0, proven=False)
    version = outlook.choices[0] if doubted else best or outlook.version
    steady = up_for is not None and up_for >= STEADY_AFTER
    passed = 1 if steady else outlook.passed + 1
    elsewhere = passed < outlook.addresses
    attempts = (0 if steady else outlook.attempts) + (0 if elsewhere else 1)
    return Outlook(
        outlook.choices,
        version=version,
        delay=0.0 if elsewhere else _delay(failure, attempts, chance),
        attempts=attempts,
        proven=proven and version is outlook.version,
        best=best,
        addresses=outlook.addresses,
        address=(outlook.address + 1) % outlook.addresses,
        passed=passed if elsewhere else 0,
    )


def _delay(failure: Failure, attempts: int, chance: float) -> float:
    grown: float = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(attempts - 1, 16))
    base = SLOW_DELAY if failure.cause in HOPELESS_FOR_NOW else grown
    spread = base * (1 - JITTER + 2 * JITTER * chance)
    return max(spread, min(failure.retry_after or 0.0, LONGEST_WISH))
