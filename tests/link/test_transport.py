"""The rules that every transport shares."""

from __future__ import annotations

import pytest

from chamber_agent.link.errors import Cause
from chamber_agent.link.transport import check_subprotocol, close_failure, http_failure


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (200, Cause.NOT_WEBSOCKET),
        (302, Cause.NOT_WEBSOCKET),
        (400, Cause.NOT_WEBSOCKET),
        (401, Cause.INVALID_AUTH),
        (403, Cause.NOT_AUTHORIZED),
        (404, Cause.WRONG_PATH),
        (407, Cause.INVALID_AUTH),
        (410, Cause.WRONG_PATH),
        (426, Cause.NOT_WEBSOCKET),
        (429, Cause.UNAVAILABLE),
        (500, Cause.NOT_WEBSOCKET),
        (502, Cause.UNAVAILABLE),
        (503, Cause.UNAVAILABLE),
        (504, Cause.UNAVAILABLE),
    ],
)
def test_an_http_answer_has_its_cause(status: int, cause: Cause) -> None:
    assert http_failure(status).cause is cause


@pytest.mark.parametrize(
    ("reason", "detail"),
    [("", "HTTP 503"), ("Service Unavailable", "HTTP 503 Service Unavailable")],
)
def test_its_detail_is_what_the_server_said(reason: str, detail: str) -> None:
    assert http_failure(503, reason).detail == detail


@pytest.mark.parametrize("status", [400, 426])
def test_an_upgrade_that_got_lost_points_to_proxy_and_subprotocol(status: int) -> None:
    detail = http_failure(status).detail
    assert detail.startswith(f"HTTP {status}")
    assert "proxy" in detail
    assert "subprotocol" in detail


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (1000, Cause.LOST),
        (1001, Cause.LOST),
        (1002, Cause.PROTOCOL_ERROR),
        (1007, Cause.PROTOCOL_ERROR),
        (1008, Cause.NOT_AUTHORIZED),
        (1009, Cause.TOO_LARGE),
        (1011, Cause.LOST),
        (4000, Cause.LOST),
    ],
)
def test_a_close_code_has_its_cause_and_stands_in_the_detail(code: int, cause: Cause) -> None:
    failure = close_failure(code, "enough")
    assert failure.cause is cause
    assert failure.detail.endswith(f"{code} enough")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120.0),
        ("0", 0.0),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("٣", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_retry_after_counts_where_it_gives_seconds(
    header: str | None, seconds: float | None
) -> None:
    assert http_failure(503, retry_after=header).retry_after == seconds


def test_mqtt_is_the_subprotocol() -> None:
    assert check_subprotocol("mqtt") is None


@pytest.mark.parametrize(
    ("negotiated", "spoken"),
    [
        (None, "no subprotocol"),
        ("", "no subprotocol"),
        ("mqttv3.1", "'mqttv3.1'"),
        ("MQTT", "'MQTT'"),
    ],
)
def test_any_other_is_a_failure_that_names_it(negotiated: str | None, spoken: str) -> None:
    failure = check_subprotocol(negotiated)
    assert failure is not None
    assert failure.cause is Cause.UNSUPPORTED_PROTOCOL
    assert spoken in failure.detail
