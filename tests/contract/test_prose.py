"""What the prose shows is true of the code."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from chamber_agent.chamber import commands, fields, freshness, skew, wire
from chamber_agent.chamber.errors import Code, Flaw
from chamber_agent.chamber.model import Limits
from chamber_agent.chamber.sequence import FAR
from chamber_agent.chamber.topics import RULES, Kind
from contract.golden import CONTRACT, address, parsed, validator

PROSE = (CONTRACT / "README.md").read_text(encoding="utf-8")


def examples() -> Iterator[tuple[str, str]]:
    """Each message shown: the kind its section is about, and its JSON."""
    for section in re.split(r"^#+ ", PROSE, flags=re.MULTILINE):
        for block in re.findall(r"```json\n(.+?)\n```", section, re.DOTALL):
            for text in re.split(r"\n(?={)", block):
                raw = parsed(text.encode())
                yield (
                    ("command" if "do" in raw else section.split()[0].replace("command", "reply")),
                    text,
                )


SHOWN = list(examples())


@pytest.mark.parametrize(
    ("kind", "text"), SHOWN, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(SHOWN)]
)
def test_every_example_conforms_and_is_understood_whole(kind: str, text: str) -> None:
    validator(kind).validate(parsed(text.encode()))
    topic = f"chamber/v1/pi/{kind}" if kind == "status" else f"chamber/v1/pi/box/{kind}"
    assert wire.decode(topic, text.encode()).set_aside == ()  # type: ignore[union-attr]


def test_every_kind_has_an_example() -> None:
    assert {kind for kind, _ in SHOWN} == set(Kind) - {"announce"}


@pytest.mark.parametrize(
    "payload", re.findall(r"-m '(\{.+?\})'$", PROSE.replace("'$S'", "5e55"), re.MULTILINE)
)
def test_every_line_for_the_shell_publishes_what_conforms(payload: str) -> None:
    raw = parsed(payload.encode())
    kind = "state" if "temperature" in raw else "status" if "state" in raw else "meta"
    validator(kind).validate(raw)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)]+)\)", PROSE))))
def test_every_link_leads_somewhere(target: str) -> None:
    headings = re.findall(r"^#+ (.+)$", PROSE, re.MULTILINE)
    anchors = {
        "#" + re.sub(r"[^a-z0-9 -]", "", name.lower()).replace(" ", "-") for name in headings
    }
    assert target in anchors if target.startswith("#") else (CONTRACT / target).exists()


@pytest.mark.parametrize("kind", Kind)
def test_the_table_of_topics_gives_each_kind_its_retain_and_qos(kind: Kind) -> None:
    rule = RULES[kind]
    row = next(line for line in PROSE.splitlines() if line.startswith(f"| `{address(kind)}` |"))
    _, _, _, retain, qos, *_ = (cell.strip() for cell in row.split("|"))
    assert (retain == "**yes**", int(qos)) == (rule.retain, rule.qos)


@pytest.mark.parametrize("word", [*Flaw, *Code])
def test_every_flaw_and_every_code_is_named(word: str) -> None:
    assert f"`{word}`" in PROSE


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("at most 65 536 bytes", fields.LARGEST_PAYLOAD == 65_536),
        ("nested at most 16 deep", fields.DEEPEST == 16),
        (
            "at most 64 parts, an object at most 64 probes",
            {fields.MOST_PARTS, fields.MOST_PROBES} == {64},
        ),
        ("of 1 to 128 characters", fields.LONGEST_TEXT == 128),
        ("−80, 180, 0.1", Limits() == Limits(-80.0, 180.0, 0.1)),
        ("older than **three heartbeats**", freshness.HEARTBEATS_MISSED == 3),
        ("300 s by default", freshness.DEFAULT_HEARTBEAT == 300.0),
        (
            "constant offset of more than 30 s, three",
            (skew.TOLERATED, skew.CONFIRMED_AFTER) == (30.0, 3),
        ),
        ("by more than a million", FAR == 1_000_000),
        ("ids of ten minutes", commands.REMEMBERED == 600.0),
        ("dated more than 30 s ahead", commands.FURTHEST_AHEAD == 30.0),
        ("(15 s unless said otherwise)", commands.DEFAULT_TTL == 15.0),
        ("good for 30 s from receipt", commands.UNDATED_TTL == 30.0),
    ],
)
def test_a_limit_in_the_prose_is_the_code_s(said: str, value: bool) -> None:
    assert said in " ".join(PROSE.split())
    assert value
