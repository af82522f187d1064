"""What programs and spreadsheets get: CSV and JSON that say all, and that nothing in them does anything."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from custom_components.chamber_ws.chamber.analysis.deeds import Act, Signature
from custom_components.chamber_ws.chamber.model import Address, Part, Progress, Quality
from custom_components.chamber_ws.chamber.past.timeline import Placed
from custom_components.chamber_ws.record import report
from custom_components.chamber_ws.record.report import Account, Document, Format, documents
from custom_components.chamber_ws.record.report.account import Identity
from custom_components.chamber_ws.record.report.errors import ExportTooLarge
from custom_components.chamber_ws.record.report.table import defused
from record_report.given import DAY, HOUR, START, Kept, course

WHOLE = (START, START + 3 * DAY)

DEFUSED = {
    "=1+1": "'=1+1",
    "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0",
    "-2+3": "'-2+3",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": "'\t=1",
    "\r=1": "'\r=1",
    "\n=1": "'\n=1",
    "＝1+1": "'＝1+1",
    "'quoted": "''quoted",
    "-5": "-5",
    "-5.25": "-5.25",
    "-": "'-",
    "-5\n": "'-5\n",
    "--5": "'--5",
    "-٣": "'-٣",
    "plain": "plain",
    "a=b": "a=b",
    " =1": " =1",
    "": "",
}


def table_of(document: Document) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(document.content.decode(), newline="")))


def files(kept: Kept, account: Account, kind: Format) -> tuple[Document, ...]:
    return documents(kept.store, account, kind)


@pytest.mark.parametrize("text", DEFUSED)
def test_a_cell_is_no_formula(text: str) -> None:
    assert defused(text) == DEFUSED[text]


@pytest.mark.parametrize("text", DEFUSED)
def test_what_a_cell_said_can_be_had_back(text: str) -> None:
    assert defused(text).removeprefix("'") == text


def test_there_is_one_row_for_each_sample(told: Kept) -> None:
    account = told.account(*WHOLE)
    rows = table_of(files(told, account, Format.CSV)[0])
    assert len(rows) == account.tally.rows == 72 * 60 - 90
    assert [float(row["temperature"]) for row in rows[:600]] == [
        course(index / 60) for index in range(600)
    ]
    assert rows[60]["time_utc"] == "2026-10-23T23:00:00.000Z"
    assert float(rows[60]["unix"]) == START + HOUR


def test_a_row_says_all_that_the_sample_said(kept: Kept) -> None:
    kept.sample(
        START,
        -5.25,
        placed=Placed.ESTIMATED,
        fetched=True,
        setpoint=-6.0,
        reason="=HYPERLINK(1)",
        heaters=(Part(on=True), None),
        fans=(Part(on=False, duty=0.0),),
        probes={"air": -4.0, "product": None},
        quality={"air": Quality.SUSPECT},
        door=True,
        profile=Progress(name="@night", step=1),
    )
    [row] = table_of(files(kept, kept.account(), Format.CSV)[0])
    assert {name: cell for name, cell in row.items() if cell} == {
        "time_utc": "2026-10-23T22:00:00.000Z",
        "unix": str(START),
        "temperature": "-5.25",
        "probe_air": "-4.0",
        "setpoint": "-6.0",
        "reason": "'=HYPERLINK(1)",
        "heater_1_on": "true",
        "fan_1_on": "false",
        "fan_1_duty": "0.0",
        "quality_air": "suspect",
        "door": "true",
        "profile_name": "'@night",
        "profile_step": "1",
        "placed": "estimated",
        "fetched": "true",
        "stretch": "1000",
        "seq": "1",
        "epoch": "k3f9",
        "clock": "estimated",
        "own_time": str(START),
        "own_seq": "1",
    }
    assert {"probe_product", "heater_2_on", "energy", "boot"} < row.keys()


def test_lines_end_as_the_standard_wants_and_there_is_no_comment(told: Kept) -> None:
    for document in files(told, told.account(), Format.CSV):
        lines = document.content.split(b"\r\n")
        assert lines[-1] == b""
        assert not any(b"\n" in line for line in lines)
        assert not any(line.startswith(b"#") for line in lines)


def test_the_hash_is_that_of_the_file_of_samples(told: Kept) -> None:
    account = told.account(*WHOLE)
    samples = files(told, account, Format.CSV)[0].content
    assert hashlib.sha256(samples).hexdigest() == account.tally.sha256


def test_a_second_export_is_the_same_file(told: Kept) -> None:
    for kind in Format:
        first, second = (files(told, told.account(*WHOLE), kind) for _time in range(2))
        assert first == second


def test_what_happened_is_a_file_of_its_own(told: Kept) -> None:
    rows = table_of(files(told, told.account(*WHOLE), Format.CSV)[1])
    assert [row["kind"] for row in rows] == [
        "excursion",
        "warning",
        "warning",
        "fault",
        "data_lost",
    ]
    assert rows[0]["acknowledged_by"] == "Anna Weiß"
    assert float(rows[0]["limit"]) == 8.0


def test_texts_of_people_are_defused_in_every_file(kept: Kept) -> None:
    kept.constant(START, START + HOUR, 9.0)
    by = Signature(user="=u", name="+n", on_behalf_of="@b")
    kept.deed(Act.ACKNOWLEDGE, START + HOUR, by=by, why="-1+1")
    _samples, events, audit = files(kept, kept.account(), Format.CSV)
    [event] = [row for row in table_of(events) if row["kind"] == "excursion"]
    assert (event["acknowledged_by"], event["comment"]) == ("'+n", "'-1+1")
    assert event["on_behalf_of"] == "'@b"
    [entry] = table_of(audit)
    assert (entry["user_id"], entry["user_name"], entry["why"]) == ("'=u", "'+n", "'-1+1")


def test_the_names_of_files_are_made_of_ids_and_times(told: Kept) -> None:
    names = [document.name for kind in Format for document in files(told, told.account(), kind)]
    stem = "cellar-pi-box1_20261024T0000_20261025T0000"
    assert names == [f"{stem}{end}" for end in (".csv", "_events.csv", "_audit.csv", ".json", ".html")]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Kühlbox (oben)", "Kühlbox-oben"),
        ("../../etc/passwd\0", "etc-passwd"),
        ("药" * 100, "药" * 66),
        ("?", "chamber"),
    ],
)
def test_those_of_a_mapped_chamber_are_made_of_its_name(told: Kept, name: str, stem: str) -> None:
    mapped = Identity(address=Address("01JDZX", "_mapped"), name=name)
    account = replace(told.account(), identity=mapped)
    [page] = files(told, account, Format.HTML)
    assert page.name == f"{stem}_20261024T0000_20261025T0000.html"
    assert b"01JDZX" not in page.content


def parsed(document: Document) -> dict[str, Any]:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    read: dict[str, Any] = json.loads(document.content, parse_constant=refuse)
    return read


def test_json_says_what_csv_says(told: Kept) -> None:
    account = told.account(*WHOLE)
    [document] = files(told, account, Format.JSON)
    read = parsed(document)
    rows = table_of(files(told, account, Format.CSV)[0])
    assert read["columns"] == list(rows[0])
    assert len(read["rows"]) == len(rows)
    index = read["columns"].index("temperature")
    assert [row[index] for row in read["rows"]] == [float(row["temperature"]) for row in rows]
    assert read["tally"]["sha256"] == account.tally.sha256


def test_json_tells_the_figures_the_excursions_and_the_journal(told: Kept) -> None:
    account = told.account(*WHOLE)
    [document] = files(told, account, Format.JSON)
    read = parsed(document)
    assert (read["format"], read["version"]) == ("chamber_ws.record", 1)
    assert read["chamber"]["calibration_due"] == "2027-05-01"
    assert read["period"]["start"] == {"utc": "2026-10-23T22:00:00.000Z", "unix": START}
    assert read["figures"]["mean"] == account.figures.mean
    assert read["figures"]["coverage"] == account.figures.coverage
    assert read["excursions"][0]["acknowledged"][0]["by"] == "Anna Weiß"
    assert read["audit"]["intact"] is True
    assert [entry["act"] for entry in read["audit"]["entries"]] == ["setpoint", "acknowledge", "shelve"]  # fmt: skip
    assert read["settings"]["freeze"] == -0.5


def test_a_text_that_is_no_unicode_costs_no_export(kept: Kept) -> None:
    """Half a surrogate pair can come over the wire as an escape of JSON, and in a name."""
    kept.constant(START, START + HOUR, 9.0)
    account = kept.account(name="box \ud800")
    for kind in Format:
        for document in files(kept, account, kind):
            document.content.decode()


@pytest.mark.parametrize("kind", [Format.CSV, Format.JSON])
def test_more_rows_than_a_file_carries_are_an_error(
    told: Kept, kind: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(report.MOST, kind, 1000)
    with pytest.raises(ExportTooLarge, match=r"1000 rows.*shorter period"):
        files(told, told.account(), kind)
    assert files(told, told.account(), Format.HTML)
