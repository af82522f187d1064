"""The lecture's whole chain, both ways: `pytest -s` prints what each leg takes."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from end_to_end.chain import BOX, Chain
from end_to_end.parts import TIMEOUT
from workshop.demo import proof
from workshop.demo.client import HomeAssistantError
from workshop.demo.states import States

pytestmark = [TIMEOUT, pytest.mark.asyncio(loop_scope="module")]
SLOWEST = 3000.0
"""ms, on a machine that has other work too; `docs/gateway.md` shows what is usual."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chain]:
    """One chain for all tests of this file."""
    made = Chain(tmp_path_factory.mktemp("chain"))
    try:
        made.start()
        async with made.client:
            await made.furnish()
            yield made
    finally:
        made.end()


async def test_a_temperature_comes_from_the_node_to_the_page(chain: Chain) -> None:
    legs = await chain.upwards(20)
    print("", *legs.lines(), sep="\n")
    assert legs.slowest() < SLOWEST


async def test_a_setpoint_goes_from_the_page_to_the_node_and_is_confirmed(chain: Chain) -> None:
    legs = await chain.downwards(20)
    print("", *legs.lines(), sep="\n")
    assert legs.slowest() < SLOWEST


async def test_what_the_gateway_s_limits_forbid_never_reaches_the_node(chain: Chain) -> None:
    before = len(chain.box.obeyed)
    with pytest.raises(HomeAssistantError):
        await chain.client.call_service(
            "climate.set_temperature", chain.chamber.climate, temperature=90
        )
    assert len(chain.box.obeyed) == before


async def test_a_node_that_is_cut_off_is_shown_as_nothing_at_once(chain: Chain) -> None:
    sensor = chain.chamber.one("temperature")
    async with States(chain.client, [sensor]) as states:
        await asyncio.to_thread(chain.box.die)
        shown = lambda: states[sensor].value in {"unknown", "unavailable"}  # noqa: E731
        assert await states.until(shown, "no value", 10.0) < 5.0
    assert BOX in chain.gateway.output()


async def test_nobody_complained(chain: Chain) -> None:
    """The last test of this file: it ends the server."""
    await asyncio.to_thread(chain.server.stop)
    proof.read_log(chain.server.output())
    await asyncio.to_thread(chain.gateway.stop)
    assert chain.gateway.exit_code() == 0
    assert "set aside: nothing" in chain.gateway.output()
