"""The description for tools names the topics, rules and schemas that the code names."""

from __future__ import annotations

import re

from chamber_agent.chamber.topics import Kind
from contract.golden import CONTRACT, address

TEXT = (CONTRACT / "asyncapi.yaml").read_text(encoding="utf-8")


def test_every_kind_is_a_channel_at_its_topic() -> None:
    assert re.findall(r'address: "(.+)"', TEXT) == [address(kind) for kind in Kind]


def test_every_reference_to_a_file_finds_it() -> None:
    files = re.findall(r"\$ref: (\./[^ }]+)", TEXT)
    assert len(files) == len(Kind) - 1
    assert not [name for name in files if not (CONTRACT / name).is_file()]


def test_every_reference_within_finds_its_key() -> None:
    for path in re.findall(r'\$ref: "#/([^"]+)"', TEXT):
        section, *keys = path.split("/")
        body = TEXT[TEXT.index(f"\n{section}:") :]
        for depth, key in enumerate(keys, start=1):
            assert f"\n{'  ' * depth}{key}:" in body, path
            body = body[body.index(f"\n{'  ' * depth}{key}:") :]
