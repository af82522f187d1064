"""When a measured value that goes on changing is written."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.chamber_ws.telling.restraint import NEVER, SETTLED, Restraint, Sparing

VALUES = st.none() | st.floats(-90, 90, allow_nan=False).map(lambda value: round(value, 3))
SPARINGS = st.builds(Sparing, st.sampled_from([0.0, 0.01, 0.05, 0.5]), st.floats(0, 100))
CHANGES = st.lists(st.tuples(st.floats(0, 200), VALUES), max_size=30)
NOISE = st.lists(
    st.tuples(st.floats(0, 5), st.integers(-9, 9).map(lambda noise: 5 + noise / 1000)), max_size=60
)


@dataclass
class Written:
    """A value as an entity writes it, with a timer that is punctual."""

    sparing: Sparing
    now: float = 0.0
    true: float | None = None
    shown: float | None = None
    writes: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restraint = Restraint(self.sparing)
        self.due = NEVER

    def change(self, value: float | None) -> None:
        """The true value changes, or is said again."""
        self.true = value
        self._look()

    def until(self, now: float) -> None:
        """Time goes on, and the timer goes off."""
        while self.due <= now:
            self.now = self.due
            self._look()
        self.now = now

    def _look(self) -> None:
        self.due = self.restraint.due(self.true, self.now)
        if self.due <= self.now:
            self.shown = self.true
            self.writes.append(self.now)
            self.restraint.wrote(self.true, self.now)
            self.due = self.restraint.due(self.true, self.now)

    @property
    def is_true_enough(self) -> bool:
        """Whether what is shown is within the deadband of what is true."""
        if self.true is None or self.shown is None:
            return self.true is self.shown
        return self.true == self.shown or abs(self.true - self.shown) < self.sparing.deadband


def lived(sparing: Sparing, changes: list[tuple[float, float | None]]) -> Written:
    """What is written of changes that come after so many seconds each, checked at each."""
    written = Written(sparing)
    for pause, value in changes:
        written.until(written.now + pause)
        assert written.is_true_enough or written.now < written.writes[-1] + sparing.interval
        written.change(value)
    return written


@given(SPARINGS, CHANGES | NOISE)
def test_after_the_interval_what_is_written_is_true_within_the_deadband(
    sparing: Sparing, changes: list[tuple[float, float | None]]
) -> None:
    written = lived(sparing, changes)
    written.until(written.now + sparing.interval)
    assert written.is_true_enough


@given(SPARINGS, CHANGES | NOISE)
def test_the_last_value_is_written_exactly_once_it_rests(
    sparing: Sparing, changes: list[tuple[float, float | None]]
) -> None:
    written = lived(sparing, changes)
    written.until(written.now + sparing.interval + SETTLED)
    assert written.shown == written.true
    assert written.due == NEVER


@given(SPARINGS, NOISE)
def test_a_number_is_never_written_again_within_the_interval(
    sparing: Sparing, changes: list[tuple[float, float | None]]
) -> None:
    written = lived(sparing, changes)
    written.until(written.now + 1000)
    pauses = [
        later - sooner for sooner, later in zip(written.writes, written.writes[1:], strict=False)
    ]
    assert all(pause >= sparing.interval - 1e-9 for pause in pauses)


@given(CHANGES)
def test_without_sparing_every_change_is_written(
    changes: list[tuple[float, float | None]],
) -> None:
    written = Written(Sparing())
    for pause, value in changes:
        written.until(written.now + pause)
        written.change(value)
        assert written.shown == value


@given(st.floats(0, 1e6), VALUES.filter(lambda value: value is not None))
def test_what_becomes_unknown_or_known_is_due_at_once(now: float, value: float) -> None:
    restraint = Restraint(Sparing(0.5, 100.0))
    assert restraint.due(value, now) <= now
    restraint.wrote(value, now)
    assert restraint.due(None, now) <= now


def test_noise_within_the_deadband_is_not_written_as_long_as_it_goes_on() -> None:
    written = Written(Sparing(0.05, 1.0))
    for tenth in range(36000):
        written.until(tenth / 10)
        written.change(5.0 + (tenth % 5) / 100)
    assert written.writes == [0.0]


def test_a_change_by_exactly_the_resolution_is_written() -> None:
    written = Written(Sparing(0.01, 0.0))
    written.change(30.05)
    written.change(30.06)
    assert written.shown == 30.06


def test_what_is_no_number_is_spared_the_interval_alone() -> None:
    restraint = Restraint(Sparing(5.0, 2.0))
    restraint.wrote("one", 10.0)
    assert restraint.due("two", 10.5) == 12.0


@pytest.mark.parametrize(("interval", "most"), [(0.0, 601), (1.0, 61), (60.0, 2)])
def test_a_steep_ramp_at_ten_hertz_is_written_once_in_each_interval(
    interval: float, most: int
) -> None:
    written = Written(Sparing(0.05, interval))
    for tenth in range(601):
        written.until(tenth / 10)
        written.change(tenth / 10)
    assert most - 1 <= len(written.writes) <= most
