"""What the comparison of lecture 38 computes, without any network."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.lecture38 import figures, tables
from bench.lecture38.decoded import Decoded, Frame, Http, read
from bench.lecture38.facts import check, exchanges
from bench.lecture38.frames import mqtt_publish, websocket_header
from bench.lecture38.payloads import CAPTURED, SIZES, STATE_SIZE, TOPIC, payload
from bench.lecture38.results import Capture, Results, load
from bench.lecture38.rows import (
    HTTP,
    MQTT_TCP,
    MQTT_WEBSOCKET,
    PAGE,
    PUSH,
    REPLY,
    Age,
    Cost,
    Delay,
    RoundTrip,
)
from bench.lecture38.scales import scale, short, size_name
from bench.lecture38.stats import ENOUGH_FOR_P99, quantile, spread
from bench.lecture38.svg import COLOURS, Series, bars, lines

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
BROKER_PORT, HTTP_PORT = 9001, 8080


def test_a_quantile_is_one_of_the_values() -> None:
    values = [4.0, 1.0, 3.0, 2.0]
    assert [quantile(values, share) for share in (0.25, 0.5, 0.51, 0.95, 1)] == [1, 2, 3, 4, 4]


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0), ([1.0], 1.01)])
def test_a_quantile_of_nothing_is_refused(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match="quantile"):
        quantile(values, share)


def test_one_busy_round_of_three_does_not_show() -> None:
    calm, busy = [0.001] * ENOUGH_FOR_P99, [0.9] * ENOUGH_FOR_P99
    found = spread([calm, busy, calm])
    assert (found.p50, found.p95, found.p99, found.count) == (1.0, 1.0, 1.0, 300)


def test_few_values_have_no_99th_percentile() -> None:
    assert spread([[0.001] * (ENOUGH_FOR_P99 - 1)]).p99 is None


@pytest.mark.parametrize(
    ("length", "server", "client"),
    [(0, 2, 6), (125, 2, 6), (126, 4, 8), (65_535, 4, 8), (65_536, 10, 14)],
)
def test_a_frame_header_is_as_long_as_rfc_6455_says(length: int, server: int, client: int) -> None:
    assert websocket_header(length, masked=False) == server
    assert websocket_header(length, masked=True) == client


def test_a_publish_is_as_long_as_a_real_one() -> None:
    """Sizes that tshark showed of MQTT 5 on the wire: QoS 0, QoS 1, and one with three bytes of length."""
    assert mqtt_publish(TOPIC, 200, qos=0, v5=True) == 234
    assert mqtt_publish(TOPIC, 200, qos=1, v5=True) == 236
    assert mqtt_publish(TOPIC, 70_000, qos=0, v5=True) == 70_035
    assert mqtt_publish(TOPIC, 200, qos=0, v5=False) == 233


def test_lengths_that_no_header_holds_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        websocket_header(2**63, masked=False)
    with pytest.raises(ValueError, match="cannot hold"):
        mqtt_publish(TOPIC, 2**28, qos=0, v5=False)


def test_payloads_have_the_size_that_was_asked_for() -> None:
    assert [len(payload(size)) for size in SIZES] == list(SIZES)
    assert payload(STATE_SIZE).startswith(b'{"temperature":30.05,')


def pdml(*packets: str) -> str:
    return f'<pdml version="0">{"".join(packets)}</pdml>'


def packet(source: int, target: int, length: int, *layers: str) -> str:
    tcp = (
        f'<proto name="tcp" size="32"><field name="tcp.srcport" show="{source}"/>'
        f'<field name="tcp.dstport" show="{target}"/><field name="tcp.len" show="{length}"/></proto>'
    )
    return f"<packet>{tcp}{''.join(layers)}</packet>"


def websocket(header: int, mask: int, length: int, extended: int | None = None) -> str:
    more = f'<field name="websocket.payload_length_ext_16" show="{extended}"/>' if extended else ""
    return (
        f'<proto name="websocket" size="{header}"><field name="websocket.opcode" show="2"/>'
        f'<field name="websocket.mask" show="{mask}"/>'
        f'<field name="websocket.payload_length" show="{length}">{more}</field></proto>'
    )


def mqtt(kind: int, topic: str = "") -> str:
    named = f'<field name="mqtt.topic" show="{topic}"/>' if topic else ""
    return f'<proto name="mqtt"><field name="mqtt.msgtype" show="{kind}"/>{named}</proto>'


def http(kind: str, line: str, body: int, *fields: str) -> str:
    lines_ = "".join(f'<field name="http.{kind}.line" show="{one}\\r\\n"/>' for one in fields)
    return (
        f'<proto name="http"><field name="" show="{line}\\r\\n"/><field name="http.{kind}" show="1"/>'
        f'{lines_}<field name="http.content_length" show="{body}"/></proto>'
    )


def test_two_frames_in_one_packet_each_keep_their_own_mqtt() -> None:
    both = packet(
        BROKER_PORT,
        40_000,
        246,
        websocket(4, 0, 126, 236),
        mqtt(3, "a/b"),
        websocket(2, 0, 4),
        mqtt(4),
    )
    assert read(pdml(both), {BROKER_PORT}).frames == (
        Frame(False, 2, False, 4, 236, "PUBLISH", "a/b"),
        Frame(False, 2, False, 2, 4, "PUBACK", None),
    )


def test_a_frame_without_mqtt_is_not_given_that_of_the_next() -> None:
    both = packet(40_000, BROKER_PORT, 20, websocket(6, 1, 2), websocket(6, 1, 2), mqtt(12))
    assert [one.mqtt for one in read(pdml(both), {BROKER_PORT}).frames] == [None, "PINGREQ"]


def test_an_http_message_is_its_headers_and_its_body() -> None:
    answer = http("response", "HTTP/1.1 200 OK", 200, "Content-Length: 200", "Server: x")
    [found] = read(pdml(packet(HTTP_PORT, 40_000, 370, answer)), {HTTP_PORT}).http
    assert (found.line, found.headers, found.body) == ("HTTP/1.1 200 OK", 170, 200)
    assert (found.field("server"), found.field("upgrade")) == ("x", "")


def test_http_above_websocket_frames_is_no_message() -> None:
    both = packet(40_000, BROKER_PORT, 8, '<proto name="http"/>', websocket(6, 1, 2), mqtt(12))
    assert read(pdml(both), {BROKER_PORT}).http == ()


def test_what_tshark_does_not_say_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"tcp\.dstport"):
        read(pdml("<packet/>"), {BROKER_PORT})


def frame(to_server: bool, length: int, *, header: int | None = None) -> Frame:
    size = websocket_header(length, masked=to_server) if header is None else header
    return Frame(to_server, 2, to_server, size, length, "PUBLISH", TOPIC)


def decoded(*more: Frame, agreed: str = "mqtt", headers: int = 492) -> Decoded:
    lengths = [mqtt_publish(TOPIC, size, qos=qos, v5=True) for size, qos in CAPTURED]
    upgrade, protocol = "Upgrade: websocket", f"Sec-WebSocket-Protocol: {agreed}"
    return Decoded(
        (*(frame(way, length) for way in (True, False) for length in lengths), *more),
        (
            Http(True, "GET /mqtt HTTP/1.1", 188, 0, (upgrade, protocol)),
            Http(False, "HTTP/1.1 101 Switching Protocols", 159, 0, (upgrade, protocol)),
            Http(True, "GET /state HTTP/1.1", headers, 0),
            Http(False, "HTTP/1.1 200 OK", 170, 200),
        ),
    )


def failing(seen: Decoded) -> list[str]:
    return [fact.claim for fact in check(seen) if not fact.holds]


def test_a_capture_as_the_lecture_says_holds_every_claim() -> None:
    assert failing(decoded()) == []
    assert len(exchanges(decoded())) == 1


@pytest.mark.parametrize(
    ("seen", "claim"),
    [
        (decoded(agreed="chat"), "HTTP upgrade"),
        (decoded(frame(True, 10, header=2)), "client's frame header"),
        (decoded(Frame(False, 2, True, 6, 10, "PUBACK")), "the server none"),
        (decoded(Frame(False, 1, False, 2, 10, "PUBACK")), "binary"),
        (decoded(Frame(False, 2, False, 2, 10)), "decodes as MQTT"),
        (decoded(frame(True, 10)), "both ways"),
        (decoded(frame(True, 10), frame(False, 10)), "as long as MQTT 5"),
        (decoded(headers=100), "HTTP headers"),
    ],
    ids=["subprotocol", "size", "mask", "text", "not MQTT", "one way", "one more", "short headers"],
)
def test_a_capture_that_says_otherwise_is_told(seen: Decoded, claim: str) -> None:
    assert any(claim in one for one in failing(seen))


def test_nothing_captured_proves_nothing() -> None:
    assert all(not fact.holds for fact in check(Decoded((), ())))


def test_a_control_frame_need_not_be_binary() -> None:
    assert failing(decoded(Frame(False, 8, False, 2, 2))) == []


def test_a_logarithmic_scale_gives_each_decade_the_same_room() -> None:
    found = scale([0.3, 40], 0, 300, logarithmic=True)
    assert found.ticks == pytest.approx([0.1, 1, 10, 100])
    assert [found.at(tick) for tick in found.ticks] == pytest.approx([0, 100, 200, 300])
    assert found.at(0) == 0


def test_a_linear_scale_has_round_ticks_from_zero() -> None:
    assert scale([88.0], 0, 100, logarithmic=False).ticks == [10.0 * step for step in range(10)]
    assert scale([1.2], 0, 100, logarithmic=False).ticks == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_numbers_are_short() -> None:
    assert [short(value) for value in (0.344, 2.31, 9.96, 2501.2)] == ["0.34", "2.3", "10", "2501"]
    assert [size_name(size) for size in (16, 1024, 61_440)] == ["16 B", "1 KiB", "60 KiB"]


def test_bars_show_every_value_and_leave_out_what_is_none() -> None:
    drawn = bars("Title", "ms", ["<a>", "b"], [Series("x", [1, None]), Series("y", [2, 3])])
    texts = [text.text for text in ElementTree.fromstring(drawn).iter(f"{SVG}text")]
    assert {"Title", "ms", "<a>", "b", "x", "y", "1", "2", "3"} <= set(texts)
    assert len(list(ElementTree.fromstring(drawn).iter(f"{SVG}rect"))) == 3 + 2


def test_a_bar_twice_as_long_is_twice_the_value() -> None:
    drawn = ElementTree.fromstring(bars("t", "ms", ["a", "b"], [Series("x", [30, 60])]))
    first, second = (float(str(bar.get("width"))) for bar in drawn.iter(f"{SVG}rect"))
    assert second == pytest.approx(2 * first, abs=0.2)


def test_each_line_has_a_colour_and_more_lines_than_colours_are_refused() -> None:
    some = [Series(str(number), [1, 10]) for number in range(len(COLOURS))]
    drawn = ElementTree.fromstring(lines("t", "ms", (16, 200), some))
    assert {str(one.get("stroke")) for one in drawn.iter(f"{SVG}polyline")} == set(COLOURS)
    with pytest.raises(ValueError, match="zip"):
        lines("t", "ms", (16, 200), [*some, Series("one more", [1, 10])])


def test_the_dissector_is_beside_what_starts_tshark() -> None:
    package = ROOT / "bench/lecture38"
    assert "mqtt_in_websocket.lua" in (package / "capture.py").read_text()
    assert (package / "mqtt_in_websocket.lua").is_file()


def results() -> Results:
    seen = decoded()
    return Results(
        "2026-11-23 08:00 UTC",
        {"cores": "2 cores"},
        {"mosquitto": "2.0.11", "Python": "3.14"},
        [
            RoundTrip(MQTT_WEBSOCKET, "mosquitto", 0, 200, 600, 0.31, 0.42, 1.5),
            RoundTrip(MQTT_WEBSOCKET, "mosquitto", 0, 61_440, 10, 1508.2, 1510.0, None),
            RoundTrip(HTTP, "", None, 200, 600, 0.4, 0.5, 0.6),
        ],
        [Age(PUSH, None, 100, 0.8, 5.0), Age(HTTP, 1.0, 20, 502.1, 976.0)],
        [Cost(MQTT_TCP, 1, PAGE, 4, 236), Cost(HTTP, None, PAGE, 492, 370)],
        Capture(check(seen), list(seen.frames)),
        [
            Delay(REPLY, "tcp", "mosquitto", client, broker, 90, p50, p50 + 1)
            for client, broker, p50 in (
                (False, False, 88.1),
                (True, False, 44.2),
                (True, True, 2.3),
            )
        ],
    )


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    results().save(tmp_path / "new" / "found.json")
    assert load(tmp_path / "new" / "found.json") == results()


def test_tables_replace_what_stands_between_the_markers_and_nothing_else() -> None:
    old = "Before.\n\n<!-- measured: ages -->\n\nold\n\n<!-- /measured -->\n\nAfter.\n"
    new = tables.fill(old, results())
    assert new.startswith("Before.\n\n<!-- measured: ages -->\n\n| way |")
    assert new.endswith("|\n\n<!-- /measured -->\n\nAfter.\n")
    assert "| HTTP polling, each 1 s | 20 | 502 | 500 | 976 |" in new
    assert tables.fill(new, results()) == new


def test_a_marker_that_names_no_table_is_an_error() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        tables.fill("<!-- measured: nonsense -->\n<!-- /measured -->", results())


def test_the_document_has_every_table_and_figure() -> None:
    document = (ROOT / "docs" / "lecture38.md").read_text()
    assert all(f"<!-- measured: {name} -->" in document for name in tables.TABLES)
    assert all(f"images/lecture38/{name}.svg" in document for name in figures.FIGURES)


def test_tables_say_what_was_found_and_what_was_not() -> None:
    shown = tables.everything(results())
    assert "| MQTT over WebSocket | Mosquitto 2.0.11 | 0 | 600 | 0.31 | 0.42 | 1.50 |" in shown
    assert "| MQTT over WebSocket | Mosquitto 2.0.11 | 0 | – | 0.31 | – | – | 1508 |" in shown
    assert "| MQTT over TCP | 1 | – | – | – | 236 | 4 | **40** |" in shown
    assert "| 88.1 (89.1) | 44.2 (45.2) | – | 2.30 (3.30) |" in shown


def test_without_a_capture_its_section_says_why() -> None:
    without = replace(results(), capture=Capture([], [], "tshark is not on this machine"))
    for name in ("facts", "frames"):
        assert tables.TABLES[name](without) == (
            "*Not measured here: tshark is not on this machine.*"
        )


def test_figures_can_be_drawn_of_results_with_gaps(tmp_path: Path) -> None:
    figures.write(tmp_path, results())
    drawn = {path.stem: ElementTree.parse(path).getroot() for path in tmp_path.glob("*.svg")}
    assert drawn.keys() == figures.FIGURES.keys()
    assert all(len(list(root.iter(f"{SVG}text"))) > 3 for root in drawn.values())
