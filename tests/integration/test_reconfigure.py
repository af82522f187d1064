"""The connection of an entry can be changed: tried first, without losing secrets, entities or the running link."""

from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.const import DOMAIN
from integration.certificates import self_signed
from integration.flows import connected, living, suggested, until
from integration.forms import opened
from integration.house import META, FakeLink
from integration.listeners import V5, V311, Broker, nobody, serving

pytestmark = pytest.mark.usefixtures("socket_enabled")
OWN, GENERATED = "freezer-room", "chamber0123456789abcdef"
STORED = {
    "username": "u",
    "password": "p",
    "headers": {"X-A": "b"},
    "client_id": OWN,
    "protocol": "auto",
    "keepalive": 20,
}


async def form(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """The form as it opens."""
    result: Any = await entry.start_reconfigure_flow(hass)
    return dict(result)


async def change(hass: HomeAssistant, entry: MockConfigEntry, **fields: Any) -> dict[str, Any]:
    """Open the form, change something, submit what it shows with the change."""
    opened = await form(hass, entry)
    shown = {name: value for name, value in suggested(opened).items() if value is not None}
    outside = {"url", "username", "password", "prefix", "remove"}
    filled = {**shown, **fields}
    submitted: dict[str, Any] = {
        name: filled[name] for name in filled if name in outside and filled[name] is not None
    }
    submitted["advanced"] = {
        name: filled[name] for name in filled if name not in outside and filled[name] is not None
    }
    result: Any = await hass.config_entries.flow.async_configure(opened["flow_id"], submitted)
    await hass.async_block_till_done()
    return dict(result)


def changed(result: dict[str, Any]) -> bool:
    return (result["type"], result.get("reason")) == (
        FlowResultType.ABORT,
        "reconfigure_successful",
    )


async def test_the_form_shows_everything_but_secrets(hass: HomeAssistant) -> None:
    url = f"ws://{await nobody()}/a%2Fb"
    more = {
        **STORED,
        "alternate_urls": ["ws://h:1/mqtt?token=x"],
        "client_key": "k",
        "client_certificate": "c",
    }
    async with living(hass, f"{url}?token=s", **more) as entry:
        opened = await form(hass, entry)
        shown = suggested(opened)
    assert (shown["url"], shown["alternate_urls"]) == (url, ["ws://h:1/mqtt"])
    assert (shown["username"], shown["client_id"], shown["keepalive"]) == ("u", OWN, 20)
    assert [shown[name] for name in ("password", "headers", "client_key", "remove")] == [None] * 4
    assert shown["client_certificate"] == "c"
    choices = opened["data_schema"].schema["remove"].config["options"]
    assert choices == ["password", "headers", "client_key", "query"]


async def test_without_secrets_there_is_nothing_to_remove(hass: HomeAssistant) -> None:
    async with living(hass, f"ws://{await nobody()}/mqtt") as entry:
        assert "remove" not in suggested(await form(hass, entry))


async def test_secrets_that_are_left_empty_stay(hass: HomeAssistant) -> None:
    broker = Broker(password="p")
    async with serving(broker) as address:
        url = f"ws://{address}/mqtt?token=s"
        async with living(hass, url, **STORED) as entry:
            await until(hass, lambda: connected(entry))
            assert changed(await change(hass, entry, keepalive=50, prefix="lab"))
            await until(hass, lambda: connected(entry))
            assert {name: entry.data[name] for name in STORED} == {**STORED, "keepalive": 50}
            assert (entry.data["url"], entry.data["prefix"]) == (url, "lab")
    assert {request.query_string for request in broker.requests} == {"token=s"}
    assert broker.requests[-1].headers["X-A"] == "b"


@pytest.mark.parametrize(
    ("fields", "gone"),
    [
        ({"remove": ["password"]}, {"password"}),
        ({"remove": ["headers"]}, {"headers"}),
        ({"username": None}, {"username", "password"}),
        ({"remove": ["password", "headers"]}, {"password", "headers"}),
    ],
)
async def test_secrets_can_be_removed(
    hass: HomeAssistant, fields: dict[str, Any], gone: set[str]
) -> None:
    async with (
        serving(Broker()) as address,
        living(hass, f"ws://{address}/mqtt", **STORED) as entry,
    ):
        assert changed(await change(hass, entry, **fields))
        assert STORED.keys() - entry.data.keys() == gone


async def test_a_new_password_counts_where_the_old_one_is_removed(hass: HomeAssistant) -> None:
    async with (
        serving(Broker(password="new")) as address,
        living(hass, f"ws://{address}/mqtt", **STORED) as entry,
    ):
        assert changed(await change(hass, entry, password="new", remove=["password"]))
        assert entry.data["password"] == "new"


async def test_the_urls_query_can_be_removed_or_replaced(hass: HomeAssistant) -> None:
    async with serving(Broker()) as address:
        url, other = f"ws://{address}/mqtt", f"ws://{await nobody()}/mqtt"
        more = {"alternate_urls": [f"{other}?token=a"]}
        async with living(hass, f"{url}?token=s", **more) as entry:
            assert changed(await change(hass, entry, url=f"{url}?token=t"))
            assert entry.data["url"] == f"{url}?token=t"
            assert entry.data["alternate_urls"] == [f"{other}?token=a"]
            assert changed(await change(hass, entry, remove=["query"]))
            assert (entry.data["url"], entry.data["alternate_urls"]) == (url, [other])


async def test_a_key_goes_with_its_certificate(hass: HomeAssistant) -> None:
    client = self_signed()
    identity = {"client_certificate": client.certificate, "client_key": client.key}
    async with (
        serving(Broker()) as address,
        living(hass, f"ws://{address}/mqtt", **identity) as entry,
    ):
        assert changed(await change(hass, entry, keepalive=40))
        assert identity.items() <= entry.data.items()
        assert changed(await change(hass, entry, client_certificate=None))
        assert not identity.keys() & entry.data.keys()


async def test_the_broker_may_move(hass: HomeAssistant) -> None:
    async with (
        serving(Broker()) as old,
        serving(Broker()) as new,
        living(hass, f"ws://{old}/mqtt") as entry,
    ):
        assert changed(await change(hass, entry, url=f"ws://{new}/other"))
        assert entry.unique_id == f"{new}/other chamber"
        assert entry.title == "127.0.0.1"
        await until(hass, lambda: connected(entry))


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize(("title", "after"), [("broker.example", "127.0.0.1"), ("Mine", "Mine")])
async def test_an_entry_is_renamed_where_it_was_named_after_its_host(
    hass: HomeAssistant, title: str, after: str
) -> None:
    async with serving(Broker()) as address, living(hass, "ws://broker.example/mqtt") as entry:
        hass.config_entries.async_update_entry(entry, title=title)
        assert changed(await change(hass, entry, url=f"ws://{address}/mqtt"))
        assert entry.title == after


@pytest.mark.usefixtures("links")
async def test_an_entry_of_another_prefix_is_named_after_that_too(hass: HomeAssistant) -> None:
    """Two entries of one broker would have one name."""
    async with serving(Broker()) as address, living(hass, f"ws://{address}/mqtt") as entry:
        for prefix, title in (("lab/a", "127.0.0.1 lab/a"), ("chamber", "127.0.0.1")):
            assert changed(await change(hass, entry, prefix=prefix))
            assert entry.title == title


async def test_another_entry_s_broker_and_prefix_are_taken(hass: HomeAssistant) -> None:
    MockConfigEntry(domain=DOMAIN, unique_id="broker.example:80/mqtt lab").add_to_hass(hass)
    async with living(hass, f"ws://{await nobody()}/mqtt") as entry:
        result = await change(hass, entry, url="ws://broker.example/mqtt", prefix="lab")
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
        assert entry.data["prefix"] == "chamber"


async def test_entities_stay(
    hass: HomeAssistant, entry: MockConfigEntry, carrier: FakeLink, links: list[FakeLink]
) -> None:
    registry = er.async_get(hass)
    before = {one.entity_id for one in er.async_entries_for_config_entry(registry, entry.entry_id)}
    async with serving(Broker()) as address:
        assert changed(await change(hass, entry, url=f"ws://{address}/mqtt"))
    links[-1].up()
    links[-1].deliver(META, {}, retained=True)
    await hass.async_block_till_done()
    after = {one.entity_id for one in er.async_entries_for_config_entry(registry, entry.entry_id)}
    assert before == after
    assert len(before) > 10


async def test_what_no_form_shows_stays(hass: HomeAssistant) -> None:
    broker = Broker(connack={V5: 0x84, V311: 0})
    async with (
        serving(broker) as address,
        living(hass, f"ws://{address}/mqtt", dismissed=["pi/box"], set_aside=["x.db"]) as entry,
    ):
        assert changed(await change(hass, entry, client_id=None))
        assert entry.data["dismissed"] == ["pi/box"]
        assert entry.data["set_aside"] == ["x.db"]
        assert entry.data["client_id"] == GENERATED
        assert entry.data["spoken_protocol"] == "3.1.1"


async def test_settings_that_cannot_work_can_be_mended(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """What cannot be read is not shown: who knows what is in it."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, "url": "http://u:p@x"})
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert suggested(await form(hass, entry))["url"] == ""
    async with serving(Broker()) as address:
        assert changed(await change(hass, entry, url=f"ws://{address}/mqtt"))
        await until(hass, lambda: connected(entry))
        await hass.config_entries.async_unload(entry.entry_id)


# The running link


async def test_a_trial_under_an_id_of_our_making_leaves_the_link_alone(
    hass: HomeAssistant,
) -> None:
    broker = Broker()
    async with (
        serving(broker) as address,
        living(hass, f"ws://{address}/mqtt", client_id=GENERATED) as entry,
    ):
        await until(hass, lambda: connected(entry))
        broker.suback = 0x80
        result = await change(hass, entry, keepalive=50)
        assert result["errors"] == {"base": "not_authorized"}
        assert connected(entry)
        assert broker.thrown_out == []
        ids = [login.client_id for login in broker.logins]
        assert (ids.count(GENERATED), len(ids), len(set(ids))) == (1, 2, 2)


async def test_a_link_under_the_users_own_id_steps_aside_and_comes_back(
    hass: HomeAssistant,
) -> None:
    broker = Broker()
    async with (
        serving(broker) as address,
        living(hass, f"ws://{address}/mqtt", client_id=OWN) as entry,
    ):
        await until(hass, lambda: connected(entry))
        result = await change(hass, entry, headers={"X A": "b"})
        assert result["errors"] == {"base": "invalid_headers"}
        assert len(broker.logins) == 1
        broker.suback = 0x80
        result = await change(hass, entry, keepalive=50)
        assert result["errors"] == {"base": "not_authorized"}
        broker.suback = 1
        await until(hass, lambda: connected(entry))
        assert entry.data.get("keepalive") is None
        assert changed(await change(hass, entry, keepalive=50))
        await until(hass, lambda: connected(entry))
        assert broker.thrown_out == []
        assert {login.client_id for login in broker.logins} == {OWN}


async def test_a_trial_that_fails_before_the_link_ever_worked_changes_nothing(
    hass: HomeAssistant,
) -> None:
    url = f"ws://{await nobody()}/mqtt"
    async with living(hass, url, client_id=OWN) as entry:
        coordinator = entry.runtime_data.coordinator
        result = await change(hass, entry, keepalive=50)
        assert result["errors"] == {"base": "connection_refused"}
        assert entry.runtime_data.coordinator is coordinator


async def test_a_form_with_a_mistake_can_be_mended(hass: HomeAssistant) -> None:
    async with (
        serving(Broker()) as address,
        living(hass, f"ws://{address}/mqtt", **STORED) as entry,
    ):
        result = await change(hass, entry, url="http://x")
        assert result["errors"] == {"base": "invalid_url"}
        again = await hass.config_entries.flow.async_configure(
            result["flow_id"], {"url": f"ws://{address}/mqtt", "username": "u"}
        )
        await hass.async_block_till_done()
        assert changed(dict(again))
        assert entry.data["password"] == "p"


async def test_what_a_browser_submits_unchanged_changes_nothing(hass: HomeAssistant) -> None:
    async with (
        serving(Broker()) as address,
        living(hass, f"ws://{address}/mqtt", **STORED) as entry,
    ):
        before = dict(entry.data)
        shown = await form(hass, entry)
        submitted = opened(shown["data_schema"])
        assert submitted["advanced"]["client_id"] == OWN
        result: Any = await hass.config_entries.flow.async_configure(shown["flow_id"], submitted)
        await hass.async_block_till_done()
        assert changed(result)
        usual = {
            "spoken_protocol": "5",
            "session_expiry": 3600,
            "maximum_qos": 2,
            "subprotocol": "mqtt",
            "verify_ssl": True,
        }
        assert dict(entry.data) == {**usual, **before}
