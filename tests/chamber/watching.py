"""What the tests of the alarm have in common: feeding values, naming what occurred, doing deeds."""

from collections.abc import Iterable

from chamber_agent.chamber import alarm as alarms
from chamber_agent.chamber.alarm import Alarm
from chamber_agent.chamber.analysis.deeds import Act, Deed, Signature
from chamber_agent.chamber.analysis.findings import Occurrence

MINUTE, HOUR = 60.0, 3600.0
Values = Iterable[tuple[float, float | None]]


def run(alarm: Alarm, values: Values) -> tuple[Alarm, tuple[Occurrence, ...]]:
    occurred: list[Occurrence] = []
    for at, value in values:
        alarm, more = alarms.judge(alarm, at, value)
        occurred += more
    return alarm, tuple(occurred)


def words(occurred: Iterable[Occurrence]) -> list[str]:
    return [one.happened.value for one in occurred]


def steady(
    start: float, end: float, value: float, step: float = MINUTE
) -> list[tuple[float, float]]:
    return [(start + step * index, value) for index in range(int((end - start) / step) + 1)]


def deed(act: Act, at: float, **new: object) -> Deed:
    return Deed(act=act, at=at, by=Signature("id", "Ada"), new=new, why="checked")
