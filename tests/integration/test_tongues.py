"""Every language says all that English says, and of what no language changes, the same."""

import json
import re
from pathlib import Path

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component

from custom_components.chamber_ws import const
from integration.wording import texts

FOLDER = Path(const.__file__).parent / "translations"
PLACEHOLDER = re.compile(r"{(\w+)}|\[%key:[^%]+%\]")
NUMBER = re.compile(r"(?<!\d)-?\d+(?:[.,]\d+)*", re.ASCII)
# Names, commands, formats and units: they are looked up, typed or pasted as they stand.
NAME = re.compile(
    r"\b(?:Home Assistant|MQTT|WebSocket|RabbitMQ|AWS IoT|nginx|HTTP|TLS|PEM|NTP|UTC|YAML|HTML|CSV|JSON"
    r"|Upgrade|wss|mqtt|chamber_ws|KiB|MB|kWh|K·min)\b|/mqtt|/ws|°C|\(s\)|\(K\)|\(%\)",
    re.ASCII,
)
NAMES_ALONE = {"{name}", "{what}", "MQTT 5", "MQTT 3.1.1"}
WORDS_IN_COMMON = {
    "de": {
        "Alarm",
        "Format",
        "Gateways",
        "Keepalive",
        "Live",
        "Maximum",
        "Minimum",
        "Name",
        "Online",
        "Topic",
        "Version",
    },
    "es": {"Actual", "Control", "Keepalive", "Provisional", "Topic", "Vial {value}"},
    "fr": {
        "Diagnostics",
        "Excursion",
        "Format",
        "Keepalive",
        "Maximum",
        "Message",
        "Minimum",
        "Mode",
        "Options",
        "Page (HTML)",
        "Topic",
        "Type",
        "Version",
    },
    "pt": {"Gateways", "Keepalive", "Online"},
    "pt-BR": {"Gateways", "Keepalive", "Online", "Setpoint", "Setpoint (°C)"},
}


def read(language: str) -> dict[str, str]:
    """The texts of a language by their paths."""
    return dict(texts(json.loads((FOLDER / f"{language}.json").read_text())))


ENGLISH = read("en")
LANGUAGES = sorted({path.stem for path in FOLDER.glob("*.json")} - {"en"})


def differing(language: str, kept: re.Pattern[str]) -> dict[str, str]:
    """The texts in which something is missing that is found in the English ones, or a number or placeholder is new."""
    said = read(language)

    def found(text: str) -> set[str]:
        return {
            match[0].replace(",", ".")
            for match in kept.finditer(text.replace("\N{MINUS SIGN}", "-"))
        }

    # A name may explain a word: a broker is an "MQTT proxy" in Chinese.
    may_add = kept is NAME
    return {
        path: said[path]
        for path, text in ENGLISH.items()
        if not found(text) <= found(said[path]) or not (may_add or found(said[path]) <= found(text))
    }


def test_there_are_other_languages() -> None:
    assert {"de", "es", "fr"} <= set(LANGUAGES)
    assert set(WORDS_IN_COMMON) <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_is_said_in_the_order_of_english(language: str) -> None:
    assert list(read(language)) == list(ENGLISH)


@pytest.mark.parametrize("kept", [PLACEHOLDER, NUMBER, NAME], ids=["placeholder", "number", "name"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_no_language_changes_stays(language: str, kept: re.Pattern[str]) -> None:
    assert differing(language, kept) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_keep_the_rules(language: str) -> None:
    """As hassfest has it; and a quote beside a brace would hide the placeholder from the frontend."""
    broken = re.compile(r"https?://|<[^>]*>|'{|}'")
    said = read(language)
    assert {path for path, text in said.items() if not text or text != text.strip()} == set()
    assert {path: text for path, text in said.items() if broken.search(text)} == {}
    assert {
        path for path, text in said.items() if text.count("\n") != ENGLISH[path].count("\n")
    } == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_in_english(language: str) -> None:
    said = read(language)
    same = {text for path, text in ENGLISH.items() if said[path] == text}
    assert same - NAMES_ALONE == WORDS_IN_COMMON.get(language, set())


@pytest.mark.parametrize("language", LANGUAGES)
async def test_home_assistant_takes_every_text(hass: HomeAssistant, language: str) -> None:
    """It drops a text whose placeholders are not the English ones."""
    assert await async_setup_component(hass, const.DOMAIN, {})
    said = read(language)
    for category in {path.split(".")[1] for path in said} - {"title"}:
        taken = await async_get_translations(hass, language, category, {const.DOMAIN})
        ours = {path: text for path, text in said.items() if path.startswith(f".{category}.")}
        assert taken == {f"component.{const.DOMAIN}{path}": text for path, text in ours.items()}
