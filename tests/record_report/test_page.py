"""The page: it runs nothing, loads nothing, cannot be broken out of, and says what is so."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from custom_components.chamber_ws.chamber.analysis.deeds import Act, Signature
from custom_components.chamber_ws.chamber.analysis.settings import OFF
from custom_components.chamber_ws.chamber.model import Meta
from custom_components.chamber_ws.chamber.past.timeline import Placed
from custom_components.chamber_ws.record.report import Account, Units
from custom_components.chamber_ws.record.report.page import page
from record_report.given import DAY, HOUR, START, Kept

WHOLE = (START, START + 3 * DAY)
AUTUMN = START + DAY + 2.5 * HOUR
"""02:30 in Berlin, for the first time that night."""
NEVER = frozenset(
    [
        "script",
        "iframe",
        "object",
        "embed",
        "img",
        "link",
        "base",
        "form",
        "a",
        "image",
        "foreignobject",
        "animate",
        "set",
    ]
)


class Seen(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.styles: list[str] = []
        self.metas: list[dict[str, str | None]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        (self.styles if self._open[-1:] == ["style"] else self.texts).append(data)

    @property
    def text(self) -> str:
        """All that can be read."""
        return " ".join(" ".join(self.texts).split())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def classed(self, tag: str, word: str) -> list[dict[str, str | None]]:
        return [one for one in self.named(tag) if word in (one.get("class") or "").split()]


def shown(account: Account, *, fahrenheit: bool = False) -> Seen:
    return Seen(page(account, Units(fahrenheit)))


def assert_harmless(seen: Seen) -> None:
    for tag, attributes in seen.tags:
        assert tag not in NEVER
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in {"src", "style", "srcset", "action", "href"}
            if value is not None and "url(" in value:
                assert re.fullmatch(r"url\(#[a-z]+\)", value)
    assert not re.search(r"url\(|@import|expression", seen.styles[0])


def test_it_runs_nothing_and_loads_nothing(told: Kept) -> None:
    assert_harmless(shown(told.account(*WHOLE)))


def test_the_policy_admits_the_one_style_sheet_alone(told: Kept) -> None:
    seen = shown(told.account(*WHOLE))
    [policy] = [
        one["content"]
        for one in seen.named("meta")
        if one.get("http-equiv") == "Content-Security-Policy"
    ]
    [sheet] = seen.styles
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    heads = [tag for tag, _attributes in seen.tags]
    assert heads.index("meta") < heads.index("style")


def test_it_is_well_formed(told: Kept) -> None:
    html = page(told.account(*WHOLE), Units())
    assert ElementTree.fromstring(html.removeprefix("<!DOCTYPE html>")).tag == "html"


ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<!--",
    "]]>",
    "&lt;script&gt;",
    "\x00<b>\x1b",
    "\u202etxt.exe",
)


def attacked(kept: Kept, text: str) -> Account:
    """An account that says a text wherever somebody outside can put one."""
    kept.constant(START, START + HOUR, 9.0)
    by = Signature(user=text, name=text, on_behalf_of=text)
    kept.deed(Act.ACKNOWLEDGE, START + HOUR, by=by, why=text)
    kept.deed(Act.SETPOINT, START + HOUR, by=by, old={text: text}, new={text: [text]}, why=text)
    kept.constant(START + 2 * HOUR, START + 3 * HOUR, 5.0)
    meta = Meta(manufacturer=text, model=text, serial=text, software=text, calibration_due=text)
    account = kept.account(name=text, meta=meta)
    return replace(account, breaks=(text,), judged_on=text)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_breaks_out(attack: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    def seen_with(text: str) -> Seen:
        kept = Kept.at(tmp_path_factory.mktemp("one") / "record.db")
        seen = shown(attacked(kept, text))
        kept.store.close()
        return seen

    harmless, harmed = seen_with("nothing"), seen_with(attack)
    assert [tag for tag, _attributes in harmed.tags] == [tag for tag, _more in harmless.tags]
    assert_harmless(harmed)
    said = re.sub(r"[\x00-\x08\x1b]", "\ufffd", attack)
    assert harmed.texts.count(said) >= 10


def test_a_text_that_is_no_character_is_replaced(kept: Kept) -> None:
    kept.constant(START, START + HOUR, 5.0)
    html = page(kept.account(name="a\ud800b\x07c"), Units())
    assert "a\ufffdb\ufffdc" in html
    html.encode()


def test_the_figures_are_shown_as_they_are(told: Kept) -> None:
    account = told.account(*WHOLE)
    text = shown(account).text
    figures = account.figures
    assert figures.mean_kinetic_temperature is not None
    assert f"Mean {figures.mean:.2f} °C" in text
    assert f"Mean kinetic temperature {figures.mean_kinetic_temperature:.2f} °C" in text
    assert f"{figures.time_in_range:.1f} % of the known time" in text
    assert f"Coverage {figures.coverage:.1f} %" in text


def test_fahrenheit_is_shown_where_it_is_asked_for(told: Kept) -> None:
    account = told.account(*WHOLE)
    text = shown(account, fahrenheit=True).text
    assert account.figures.mean is not None
    assert f"Mean {account.figures.mean * 1.8 + 32:.2f} °F" in text
    assert "°C" not in text
    assert "Deadband 0.36 °F" in text
    assert "Setpoint: 40.10 °F → 41.00 °F" in text


def test_excursions_are_shown_with_who_acknowledged_and_why(told: Kept) -> None:
    text = shown(told.account(*WHOLE)).text
    assert "1 excursion, acknowledged" in text
    assert "Anna Weiß , 2026-10-25 06:54:00 UTC+1" in text
    assert "Cooler was dead, moved the vaccines to the spare unit" in text


def test_an_excursion_that_nobody_acknowledged_is_said_to_be_so(kept: Kept) -> None:
    kept.constant(START, START + HOUR, 9.0)
    seen = shown(kept.account())
    assert "1 excursion, still going on, not acknowledged" in seen.text
    assert seen.classed("div", "bad")


def test_all_well_is_said_only_of_what_is_known(kept: Kept) -> None:
    kept.constant(START, START + DAY, 5.0)
    assert shown(kept.account()).classed("div", "good")
    assert shown(kept.account(settings=OFF)).classed("div", "unsure")
    assert shown(kept.account(START, START + 2 * DAY)).classed("div", "unsure")


def test_what_is_still_to_be_fetched_is_said_first(kept: Kept) -> None:
    kept.constant(START, START + 12 * HOUR, 5.0)
    kept.skip(3)
    kept.constant(START + 12 * HOUR + 240, START + DAY, 5.0)
    seen = shown(kept.account())
    assert "3 samples still to be fetched: this may change." in seen.text
    assert seen.classed("div", "unsure")


def test_the_audit_trail_is_verified_in_the_open(told: Kept) -> None:
    account = told.account(*WHOLE)
    assert "chain of hashes intact" in shown(account).text
    broken = shown(replace(account, breaks=("entry 2: it was changed",))).text
    assert "chain of hashes broken" in broken
    assert "entry 2: it was changed" in broken


@pytest.mark.parametrize(
    ("act", "name"), [(Act.SHELVE, "until"), (Act.LOST, "since")], ids=["shelf", "loss"]
)
def test_the_moments_of_an_entry_are_shown_as_such(kept: Kept, act: Act, name: str) -> None:
    kept.constant(START, START + HOUR, 5.0)
    kept.deed(act, START + 600, new={name: START + 300})
    text = shown(kept.account()).text
    assert f"{name.capitalize()}: 2026-10-24 00:05:00" in text


def test_it_claims_no_compliance(told: Kept) -> None:
    text = shown(told.account(*WHOLE)).text
    assert "designed to help" in text
    assert [match.start() for match in re.finditer(r"complian", text)] == [
        text.index("claims no compliance") + len("claims no ")
    ]
    assert not re.search(r"\b(complies|compliant|certified|validated|approved)\b", text)


def test_the_hash_and_the_calibration_are_shown(told: Kept) -> None:
    account = told.account(*WHOLE)
    text = shown(account).text
    assert account.tally.sha256 in text
    assert "Calibration due 2027-05-01" in text
    assert "Calibration due" not in shown(told.account(*WHOLE, meta=None)).text


def test_the_hour_that_comes_twice_is_told_apart(kept: Kept) -> None:
    kept.constant(AUTUMN - HOUR, AUTUMN + 600, 5.0)
    kept.constant(AUTUMN + HOUR, AUTUMN + 2 * HOUR, 5.0)
    text = shown(kept.account(AUTUMN - HOUR, AUTUMN + 2 * HOUR)).text
    assert "2026-10-25 02:40:00 UTC+2 2026-10-25 02:30:00 UTC+1 50 min" in text
    assert "the clocks changed from UTC+2 to UTC+1" in text


def paths(seen: Seen) -> list[list[tuple[float, float]]]:
    """The strokes of the curve: each a line that is not interrupted."""
    drawn = seen.classed("path", "trace")[0]["d"]
    assert drawn is not None
    return [
        [(float(x), float(y)) for x, y in re.findall(r"([\d.]+),([\d.]+)", stroke)]
        for stroke in drawn.split("M")[1:]
    ]


def test_a_gap_is_not_bridged_by_the_curve(told: Kept) -> None:
    account = told.account(*WHOLE)
    [gap] = account.gaps
    first, second = (1000 * (at - START) / (3 * DAY + 0.0) for at in (gap.start, gap.end))
    before, after = paths(shown(account))
    assert before[-1][0] == pytest.approx(first, abs=1.1)
    assert after[0][0] == pytest.approx(second, abs=1.1)
    assert shown(account).classed("rect", "gap")


def test_without_a_gap_the_curve_is_one_line(kept: Kept) -> None:
    kept.constant(START, START + DAY, 5.0)
    seen = shown(kept.account())
    assert len(paths(seen)) == 1
    assert not seen.classed("rect", "gap")


def test_a_sample_alone_is_a_dot(kept: Kept) -> None:
    kept.sample(START + HOUR, 5.0)
    assert "h0" in (shown(kept.account()).classed("path", "trace")[0]["d"] or "")


def test_the_curve_has_the_peak_of_each_column_and_is_bounded(kept: Kept) -> None:
    rows = [kept.sample(START + index * 5.0, 5.0 + (index == 7777)) for index in range(17280)]
    drawn = [point for stroke in paths(shown(kept.account())) for point in stroke]
    assert len(rows) == 17280
    assert len(drawn) <= 2000
    peak = min(drawn, key=lambda point: point[1])
    assert peak[0] == pytest.approx(1000 * 7777 / 17280, abs=0.1)


def test_excursions_fetched_spans_and_limits_are_drawn(told: Kept) -> None:
    seen = shown(told.account(*WHOLE))
    assert len(seen.classed("rect", "excursion")) == 1
    assert len(seen.classed("rect", "fetched")) == 2
    assert len(seen.classed("line", "limit")) == 3
    assert seen.classed("path", "setpoint")[0]["d"]


def test_a_limit_can_be_read_where_the_curve_runs_through_its_name(told: Kept) -> None:
    """Beyond a limit both have one colour: around the letters there is paper, and over the curve."""
    seen = shown(told.account(*WHOLE))
    tags = [(tag, told.get("class")) for tag, told in seen.tags]
    first_label = tags.index(("text", "limit-label"))
    assert max(index for index, (tag, _) in enumerate(tags) if tag == "path") < first_label
    [rule] = re.findall(r"svg \.limit-label{([^}]*)}", seen.styles[0].replace("\n", ""))
    looks = dict(one.split(":") for one in rule.split(";"))
    assert looks["paint-order"] == "stroke"
    assert looks["stroke"] == "var(--card)"
    width_of_the_curve = 2
    assert float(looks["stroke-width"].removesuffix("px")) / 2 > width_of_the_curve


def test_the_times_below_the_curve_are_round_where_the_clocks_change(told: Kept) -> None:
    account = told.account(START + DAY - HOUR, START + DAY + 6 * HOUR)
    labels = re.findall(r'class="(?:major|minor)">([^<]*)<', page(account, Units()))
    assert labels == ["25 Oct", "01:00", "02:00", "03:00", "04:00"]


def test_samples_of_unknown_time_are_counted_aloud(kept: Kept) -> None:
    kept.constant(START, START + HOUR, 5.0)
    kept.sample(None, 5.0, placed=Placed.UNKNOWN, boot="b", uptime=1.0)
    assert "Of unknown time, left out 1 row" in shown(kept.account()).text


def test_the_same_account_makes_the_same_page(told: Kept) -> None:
    assert page(told.account(*WHOLE), Units()) == page(told.account(*WHOLE), Units())
