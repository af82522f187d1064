"""The bench's logic apart from its processes: what is sent and recognised, and how numbers are judged and shown."""

import argparse
import json
import math
from typing import Any

import pytest

from bench import command, discovery, load, machine, packets, search, tables
from bench.goals import GOALS, Goal, judge, verdicts
from bench.load import Run
from bench.names import BARE, MQTT, OURS
from bench.numbers import middle, percentile
from bench.outcome import Passed, Seen, latencies
from bench.sightings import Sightings
from contract.golden import validator

# Numbers


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.0, 1)]
)
def test_a_percentile_is_the_value_of_its_rank(share: float, expected: float) -> None:
    assert percentile(range(1, 101), share) == expected


def test_the_percentile_of_nothing_is_no_number() -> None:
    assert math.isnan(percentile([], 0.5))


def test_the_median_leaves_out_what_was_not_measured() -> None:
    assert middle([3.0, None, 1.0, math.nan, 2.0]) == 2.0
    assert middle([None]) is None


def test_processor_time_is_read_past_a_name_with_spaces_and_brackets() -> None:
    fields = ["S", *("0" for _ in range(10)), "250", "150", "9", "9"]
    assert machine.parse_cpu(f"7 (a) b) {' '.join(fields)}") == pytest.approx(4.0)


# Packets


@pytest.mark.parametrize(
    ("size", "encoded"),
    [(0, b"\x00"), (127, b"\x7f"), (128, b"\x80\x01"), (16384, b"\x80\x80\x01")],
)
def test_a_remaining_length_takes_seven_bits_a_byte(size: int, encoded: bytes) -> None:
    assert packets.length(size) == encoded


def test_a_publication_has_the_bytes_the_standard_says() -> None:
    assert packets.publish(packets.text("a/b"), b"hi") == b"\x30\x07\x00\x03a/bhi"
    assert packets.publish(packets.text("a/b"), b"hi", retain=True)[0] == 0x31


def test_connecting_and_subscribing_have_the_bytes_the_standard_says() -> None:
    assert packets.connect("me") == b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x00\x00\x02me"
    assert packets.subscribe("a", "b") == b"\x82\x0a\x00\x01\x00\x01a\x00\x00\x01b\x00"


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_packets_are_found_wherever_the_stream_is_cut(step: int) -> None:
    sent = [("a/b", b"x" * size) for size in (0, 1, 126, 200, 20_000)]
    stream = b"".join(packets.publish(packets.text(topic), body) for topic, body in sent)
    splitter = packets.Splitter()
    found = [
        packets.published(flags, body)
        for start in range(0, len(stream), step)
        for _kind, flags, body in splitter.feed(stream[start : start + step])
    ]
    assert found == sent


def test_a_publication_with_an_identifier_is_read_past_it() -> None:
    assert packets.published(2, b"\x00\x01a\x00\x07hi") == ("a", b"hi")


# The load


def test_a_state_is_the_contracts() -> None:
    said: dict[str, Any] = json.loads(load.state(7, 1764000000.25))
    validator("state").validate(said)
    validator("meta").validate(load.meta(0))
    assert (said["seq"], said["time"], said["clock"]) == (8, 1764000000.25, "ntp")
    assert said["temperature"] == load.temperature(7)
    assert said["probes"].keys() == load.meta(0)["probes"].keys()


def test_a_shown_temperature_tells_which_message_it_came_from() -> None:
    run = Run(chambers=3, rate=0, messages=60_000, first_round=12_345)
    for message in (0, 1, 2, 3, 29_999, 59_999):
        turn, chamber = divmod(message, 3)
        shown = str(load.temperature(12_345 + turn))
        assert load.seen(chamber, shown) == run.key(message)
    assert load.seen(0, "unavailable") is None


def test_no_two_messages_of_a_run_look_the_same() -> None:
    run = Run(chambers=7, rate=0, messages=7 * load.VALUES, first_round=19_000)
    assert len({run.key(message) for message in range(run.messages)}) == run.messages


@pytest.mark.parametrize("messages", [load.MESSAGES_AT_MOST + 1, load.VALUES + 1])
def test_a_run_without_bounds_is_refused(messages: int) -> None:
    with pytest.raises(ValueError, match="too large"):
        Run(chambers=1, rate=1, messages=messages, first_round=0)


def test_the_last_message_of_each_chamber_is_known_where_the_last_round_is_not_complete() -> None:
    run = Run(chambers=3, rate=0, messages=5, first_round=10)
    last = {0: load.key(0, 11), 1: load.key(1, 11), 2: load.key(2, 10)}
    assert run.last_keys() == last


def test_the_next_run_begins_with_a_round_that_was_not_used() -> None:
    assert Run(chambers=3, rate=0, messages=5, first_round=10).next_round == 12


def test_messages_are_due_one_after_the_other_or_all_chambers_at_once() -> None:
    single = Run(chambers=10, rate=10, messages=100, first_round=0)
    assert [single.due(passed) for passed in (0, 0.05, 0.95, 99)] == [1, 1, 10, 100]
    together = Run(chambers=10, rate=10, messages=100, first_round=0, together=True)
    assert [together.due(passed) for passed in (0, 0.95, 1.05, 99)] == [10, 10, 20, 100]
    assert [run.due_at(15) for run in (single, together)] == [1.5, 1.0]
    assert Run(chambers=10, rate=0, messages=100, first_round=0).due(0) == 100


def test_the_rival_gets_the_same_entities_from_the_same_topics() -> None:
    parts = discovery.config(21)["components"]
    assert len(parts) == discovery.PER_CHAMBER + discovery.WATCHED == 15 + 14
    assert len({part["unique_id"] for part in parts.values()}) == 29
    states = [part.get("state_topic", "") for part in parts.values()]
    assert states.count(load.topic(21, "state")) == 13
    assert len(discovery.config(discovery.WATCHED_AT_MOST)["components"]) == 15
    assert load.topic(21, "state") == "bench/v1/gateway1/box0021/state"


def test_a_thousand_chambers_keep_below_the_entities_that_one_entry_may_have() -> None:
    parts = [len(discovery.config(box, lean=True)["components"]) for box in range(1000)]
    assert sum(parts) == 50 * 23 + 950 * 9 < 10_000
    assert not load.is_lean(100)
    assert load.is_lean(1000)
    said = json.loads(load.head(0, 1.0) + load.tail(0, lean=True))
    validator("state").validate(said)
    validator("meta").validate(load.meta(0, lean=True))
    assert (len(said["coolers"]), "fans" in said) == (1, False)


# What is seen


def _seen(arrivals: dict[int, float], arrived: int | None = None) -> Passed:
    """Four messages of two chambers, sent a second apart from 10 s on."""
    run = Run(chambers=2, rate=1, messages=4, first_round=0)
    sent = [10.0, 11.0, 12.0, 13.0]
    return Seen(run, sent, 4.0, 0.0, arrivals, arrived, 0, 0, 0.8).passed()


def test_a_message_is_late_until_it_or_a_newer_one_is_shown() -> None:
    run = Run(chambers=2, rate=1, messages=4, first_round=0)
    arrivals = {run.key(0): 10.5, run.key(2): 12.5, run.key(3): 13.25}
    assert latencies(run, [10, 11, 12, 13], arrivals) == [0.25, 0.5, 0.5, 2.25]


def test_what_was_never_shown_is_not_late_but_lost() -> None:
    run = Run(chambers=2, rate=1, messages=4, first_round=0)
    passed = _seen({run.key(0): 10.5, run.key(2): 12.5})
    assert (passed.shown, passed.lost, passed.p99) == (50, 2, 500)


def test_what_arrived_and_gave_way_to_newer_values_is_not_lost() -> None:
    run = Run(chambers=2, rate=1, messages=4, first_round=0)
    passed = _seen({run.key(2): 12.0, run.key(3): 14.0}, arrived=4)
    assert (passed.shown, passed.lost, passed.drained_per_s) == (50, 0, 1.0)
    assert passed.cpu_ms == pytest.approx(200)


def test_the_first_sight_of_a_temperature_counts() -> None:
    seen = Sightings()
    seen.temperatures = {"sensor.a": 0}
    key = load.key(0, 5)
    change = {"c": {"sensor.a": {"+": {"s": str(load.temperature(5)), "lc": 1.0}}}}
    seen.take(change, 10.0)
    seen.take(change, 11.0)
    assert seen.arrivals == {key: 10.0}
    assert seen.behind({0: key}) == 0
    assert seen.behind({0: load.key(0, 6), 1: load.key(1, 6)}) == 2


def test_entities_are_waited_for_until_they_show_something() -> None:
    seen = Sightings()
    seen.expect(["sensor.a", "sensor.b"])
    seen.take({"a": {"sensor.a": {"s": "unavailable"}, "sensor.b": {"s": "1.5"}}}, 1.0)
    assert seen.missing == {"sensor.a"}
    seen.take({"c": {"sensor.a": {"+": {"s": "2"}}}}, 2.0)
    assert not seen.missing


def test_the_target_of_a_thermostat_is_seen() -> None:
    seen = Sightings()
    seen.take({"c": {"climate.a": {"+": {"a": {"temperature": 4.0}}}}}, 1.0)
    assert seen.setpoints == {"climate.a": 4.0}


# The search


def test_the_search_ends_next_to_the_highest_rate() -> None:
    truth, low, high, tried = 3333.0, 0.0, 0.0, 0
    rate: float | None = 500.0
    while rate is not None:
        low, high = (rate, high) if rate <= truth else (low, rate)
        rate, tried = search.next_rate(low, high), tried + 1
    assert low <= truth <= high <= low * search.NEAR
    assert tried < 10


def test_the_search_gives_up_where_nothing_is_sustained() -> None:
    assert search.next_rate(0, 30.0) is not None
    assert search.next_rate(0, search.SLOWEST) is None


# Goals


@pytest.mark.parametrize(
    ("ours", "at_least", "met"), [(4.0, False, True), (4.1, False, False), (4.1, True, True)]
)
def test_a_goal_bounds_a_ratio(ours: float, *, at_least: bool, met: bool) -> None:
    goal = Goal("x", "cpu", MQTT, 0.4, at_least=at_least)
    verdict = judge(goal, {"cpu": {OURS: ours, MQTT: 10.0}})
    assert verdict.ratio == pytest.approx(ours / 10)
    assert verdict.met is met


def test_a_goal_is_not_met_where_something_was_lost() -> None:
    goal = Goal("x", "cpu", MQTT, 0.4, none_of=("lost",))
    figures = {"cpu": {OURS: 1.0, MQTT: 10.0}, "lost": {OURS: 1.0, MQTT: 0.0}}
    assert judge(goal, figures).met is False


def test_a_goal_without_a_rival_is_not_judged() -> None:
    assert judge(GOALS[0], {GOALS[0].figure: {OURS: 1.0}}).met is None
    assert {verdict.met for verdict in verdicts({})} == {None}


def test_a_rival_that_never_gets_there_is_beaten() -> None:
    goal = Goal("x", "start", MQTT, 0.5)
    assert judge(goal, {"start": {OURS: 9.0, MQTT: math.inf}}).met is True
    assert judge(goal, {"start": {OURS: math.inf, MQTT: 9.0}}).met is False


# Tables


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (0.12345, "0.123"), (12.0, "12"), (12345.6, "12346"), (math.inf, "never")],
)
def test_figures_have_three_digits(value: float | None, shown: str) -> None:
    assert tables.figure(value) == shown


def test_figures_are_shown_with_their_ratios() -> None:
    rows = tables.compared({"cpu": {OURS: 1.0, MQTT: 4.0, BARE: 0.5}}, [OURS, MQTT, BARE])
    assert rows[0] == ("figure", OURS, MQTT, BARE, "ours / mqtt", "ours / bare")
    assert rows[1] == ("cpu", "1", "4", "0.5", "0.25", "2")


def test_tables_are_aligned_and_written_as_markdown() -> None:
    rows = [("name", "a"), ("x", "100")]
    assert tables.aligned(rows) == "name    a\nx     100"
    assert tables.markdown(rows) == "| name | a |\n| --- | ---: |\n| x | 100 |"


def test_contenders_have_a_fixed_order() -> None:
    assert tables.order(["paho", BARE, OURS]) == [OURS, BARE, "paho"]


# The command


def test_the_command_has_defaults() -> None:
    options = command.parse([])
    assert (options.full, options.only, options.against) == (False, None, (OURS, MQTT, BARE))
    assert options.json.parts[-3:] == ("bench", "results", "latest.json")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--against", "ours,emqx"],
        ["--only", "everything"],
        ["--repeat", "0"],
        ["--minutes", "0"],
        ["--quick", "--full"],
    ],
)
def test_what_cannot_be_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command.parse(arguments)
    assert "usage" in capsys.readouterr().err


def test_rivals_are_chosen_by_name() -> None:
    options: argparse.Namespace = command.parse(["--against", "ours,mqtt", "--only", "wss"])
    assert (options.against, options.only) == ((OURS, MQTT), ["wss"])
