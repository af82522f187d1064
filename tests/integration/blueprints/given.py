"""The blueprints of this repository in a real Home Assistant, and the people whom they call."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Context, Event, HomeAssistant, ServiceCall, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import slugify
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from custom_components.chamber_ws.const import DOMAIN
from integration.automating import Chamber
from source import ROOT

FOLDER = ROOT / "blueprints" / "automation" / DOMAIN

lasting = pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (37, "less than a minute"),
        (60, "1 minute"),
        (300, "5 minutes"),
        (7140, "119 minutes"),
        (7200, "2 hours"),
        (9000, "2.5 hours"),
    ],
)


@dataclass
class Phone:
    """A phone with the app: its device, and what was sent to it."""

    device_id: str
    sent: list[ServiceCall]

    @property
    def titles(self) -> list[str]:
        """What was sent, by titles; a notification that was taken away has none."""
        return [call.data.get("title", call.data["message"]) for call in self.sent]

    @property
    def shown(self) -> dict[str, Any]:
        """What it shows: by tags, as the app does."""
        shown: dict[str, Any] = {}
        for call in self.sent:
            tag = call.data["data"]["tag"]
            if call.data["message"] == "clear_notification":
                shown.pop(tag, None)
            else:
                shown[tag] = call.data
        return shown

    def action(self, title: str) -> dict[str, Any]:
        """The button of a title on the newest notification."""
        actions: list[dict[str, Any]] = self.sent[-1].data["data"]["actions"]
        return next(action for action in actions if action["title"] == title)


@dataclass
class Phones:
    """Everybody's phones."""

    hass: HomeAssistant
    made: dict[str, Phone] = field(default_factory=dict)

    def add(self, name: str) -> Phone:
        """A phone that is registered as the app does it, with its notify action in its place."""
        entry = MockConfigEntry(domain="mobile_app", title=name)
        entry.add_to_hass(self.hass)
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={("mobile_app", name)}, name=name
        )
        er.async_get(self.hass).async_get_or_create(
            "notify", "mobile_app", name, config_entry=entry, device_id=device.id
        )
        sent = async_mock_service(self.hass, "notify", slugify(f"mobile_app_{name}"))
        return Phone(device.id, sent)

    def tap(self, action: dict[str, Any], user_id: str | None = None, **more: Any) -> None:
        """Somebody taps a button."""
        data = {"action": action["action"], **more}
        context = Context(user_id=user_id)
        self.hass.bus.async_fire("mobile_app_notification_action", data, context=context)


def asked(hass: HomeAssistant, action: str) -> list[dict[str, Any]]:
    """What an action of ours is asked from now on."""
    calls: list[dict[str, Any]] = []

    @callback
    def listen(event: Event[Any]) -> None:
        if (event.data["domain"], event.data["service"]) == (DOMAIN, action):
            calls.append(event.data["service_data"])

    hass.bus.async_listen(EVENT_CALL_SERVICE, listen)
    return calls


async def use(hass: HomeAssistant, name: str, **inputs: Any) -> None:
    """Make an automation of a blueprint, as the editor does."""
    place = Path(hass.config.path("blueprints", "automation", DOMAIN))

    def bring() -> None:
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(FOLDER / f"{name}.yaml", place)

    await hass.async_add_executor_job(bring)
    made = {"path": f"{DOMAIN}/{name}.yaml", "input": inputs}
    config = [{"id": name, "alias": "Test", "use_blueprint": made}]
    assert await async_setup_component(hass, "automation", {"automation": config})
    await hass.async_block_till_done()
    assert hass.states.is_state("automation.test", "on")


def here(chamber: Chamber) -> dict[str, list[str]]:
    """The chamber, as a target."""
    return {"device_id": [chamber.device_id]}


async def another(hass: HomeAssistant, chamber: Chamber) -> None:
    """There is another chamber of its name, in another gateway."""
    chamber.link.introduce("attic/box", "Vaccine carrier")
    await hass.async_block_till_done()
