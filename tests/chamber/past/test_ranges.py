"""Ranges behave as the sets of numbers they stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber_agent.chamber.past.ranges import Ranges

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=12)


def held(spans: list[tuple[int, int]]) -> set[int]:
    return {number for first, last in spans for number in range(first, last + 1)}


def spelt(ranges: Ranges) -> set[int]:
    return held(list(ranges.spans))


@given(SPANS)
def test_any_ranges_are_merged(spans: list[tuple[int, int]]) -> None:
    ranges = Ranges.of(spans)
    numbers = held(spans)
    assert spelt(ranges) == numbers
    assert len(ranges) == len(numbers)
    assert (ranges.first, ranges.last) == (min(numbers, default=None), max(numbers, default=None))
    assert all(
        ended + 1 < begun
        for (_, ended), (begun, _) in zip(ranges.spans, ranges.spans[1:], strict=False)
    )
    assert all((number in ranges) is (number in numbers) for number in range(42))


@given(SPANS, st.integers(0, 40), st.integers(0, 10))
def test_a_range_is_added_wherever_it_lies(
    spans: list[tuple[int, int]], first: int, more: int
) -> None:
    assert Ranges.of(spans).with_range(first, first + more) == Ranges.of(
        [*spans, (first, first + more)]
    )


THREE = Ranges(((1, 2), (4, 5), (10, 20)))


@pytest.mark.parametrize(
    ("first", "last", "spans"),
    [
        (21, 30, ((1, 2), (4, 5), (10, 30))),
        (22, 30, ((1, 2), (4, 5), (10, 20), (22, 30))),
        (10, 30, ((1, 2), (4, 5), (10, 30))),
        (6, 9, ((1, 2), (4, 20))),
        (0, 99, ((0, 99),)),
    ],
    ids=[
        "it continues the last",
        "it leaves one out",
        "it begins as the last",
        "it joins two",
        "all",
    ],
)
def test_what_it_touches_is_one_with_it_and_nothing_else(
    first: int, last: int, spans: tuple[tuple[int, int], ...]
) -> None:
    assert THREE.with_range(first, last).spans == spans


@pytest.mark.parametrize("held_already", [(10, 20), (11, 19), (20, 20)])
def test_what_the_last_one_holds_already_costs_nothing(held_already: tuple[int, int]) -> None:
    assert THREE.with_range(*held_already) is THREE


@given(SPANS, SPANS)
def test_a_union_holds_what_either_holds(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    assert spelt(Ranges.of(one).union(Ranges.of(other))) == held(one) | held(other)


@pytest.mark.parametrize(
    ("first", "last", "missing"),
    [
        (0, 25, [(0, 0), (3, 3), (6, 9), (21, 25)]),
        (1, 20, [(3, 3), (6, 9)]),
        (2, 3, [(3, 3)]),
        (3, 3, [(3, 3)]),
        (7, 8, [(7, 8)]),
        (11, 19, []),
        (20, 21, [(21, 21)]),
        (30, 40, [(30, 40)]),
        (9, 8, []),
    ],
)
def test_no_number_between_two_ranges_is_overlooked(
    first: int, last: int, missing: list[tuple[int, int]]
) -> None:
    assert list(THREE.missing(first, last)) == missing


@given(SPANS, st.integers(0, 45), st.integers(0, 45))
def test_what_is_missing_is_what_is_not_held(
    spans: list[tuple[int, int]], first: int, last: int
) -> None:
    missing = list(Ranges.of(spans).missing(first, last))
    assert held(missing) == set(range(first, last + 1)) - held(spans)
    assert Ranges.of(missing).spans == tuple(missing)
