"""Whatever arrives is refused by name or understood, and what is said means the same again."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from chamber import arbitrary
from chamber.given import BOX, at, bare
from chamber_agent.chamber import fold, wire
from chamber_agent.chamber.errors import WireError
from chamber_agent.chamber.messages import Message, SpoiledMessage
from chamber_agent.chamber.model import Chamber


class TestDecoding:
    @given(st.text(max_size=40) | arbitrary.our_topics, st.binary(max_size=200))
    def test_of_any_bytes_raises_nothing_but_wire_errors(self, topic: str, payload: bytes) -> None:
        with suppress(WireError):
            wire.decode(topic, payload)

    @given(arbitrary.our_topics, arbitrary.json_payloads)
    def test_of_any_json_is_refused_or_folds_and_can_be_said_again(
        self, topic: str, payload: bytes
    ) -> None:
        try:
            message = wire.decode(topic, payload)
        except WireError:
            return
        fold.apply(Chamber(address=BOX), message, at(0.0))
        if not isinstance(message, SpoiledMessage):
            assert bare(wire.decode(*wire.encode(message))) == bare(message)

    @given(arbitrary.spoken, st.sampled_from(["chamber", "a/b/c"]))
    def test_undoes_encoding(self, message: Message, prefix: str) -> None:
        topic, payload = wire.encode(message, prefix)
        assert wire.decode(topic, payload, prefix) == message
