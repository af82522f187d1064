"""`chamber-agent install-service`: what it writes, what it keeps, what it refuses."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chamber_agent.config import load
from chamber_agent.service import journal
from chamber_agent.service.install import CONFIG, HIDDEN, UNIT, NotInstalled, install, unit

AGENT = Path(__file__).parents[2] / "agent"
WIRED = AGENT / "config.pi.example.toml"
COMMAND = (sys.executable, "-m", "chamber_agent")


def lines(text: str, key: str) -> list[str]:
    """The values of a key."""
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{key}=")]


def placed(tmp_path: Path, user_config: Path | None = None) -> tuple[str, str, str]:
    """Install below a folder; the unit, what was done and what is left."""
    told = install(
        user_config, etc=tmp_path / "etc", units=tmp_path / "units", root=True, command=COMMAND
    )
    return (tmp_path / "units" / UNIT).read_text(), "\n".join(told.done), "\n".join(told.next)


def test_unit_and_example_are_written_and_said(tmp_path: Path) -> None:
    text, done, left = placed(tmp_path)
    assert lines(text, "ExecStart") == [
        f"{sys.executable} -m chamber_agent run --config ${{CONFIGURATION_DIRECTORY}}/{CONFIG}"
    ]
    assert lines(text, "ExecStartPre")[0].startswith(f"-{sys.executable} ")
    assert lines(text, "ExecStopPost")[0].startswith(f"{sys.executable} -m chamber_agent safe")
    assert (tmp_path / "etc" / CONFIG).read_text() == (AGENT / "config.example.toml").read_text()
    assert "an example" in done
    assert "enable --now chamber-agent" in left
    assert "/etc/password" in left


def test_what_is_there_stays(tmp_path: Path) -> None:
    placed(tmp_path)
    (tmp_path / "etc" / CONFIG).write_text("# mine\n")
    _, done, _ = placed(tmp_path)
    assert (tmp_path / "etc" / CONFIG).read_text() == "# mine\n"
    assert "kept" in done


def test_a_configuration_of_ones_own_is_copied_and_says_what_the_unit_needs(
    tmp_path: Path,
) -> None:
    text, done, _ = placed(tmp_path, WIRED)
    assert (tmp_path / "etc" / CONFIG).read_text() == WIRED.read_text()
    assert "copied" in done
    assert lines(text, "DeviceAllow") == ["char-gpiochip rw", "char-spi rw"]
    assert lines(text, "PrivateDevices") == ["no"]
    assert lines(text, "DevicePolicy") == ["closed"]


def test_only_groups_that_exist_are_joined() -> None:
    told = load(WIRED)
    assert lines(unit(told, groups={"gpio"}.__contains__), "SupplementaryGroups") == ["gpio"]
    assert lines(unit(told, groups=lambda _: False), "SupplementaryGroups") == []


def test_without_devices_nothing_is_opened(tmp_path: Path) -> None:
    text = unit(load(AGENT / "config.example.toml"), command=COMMAND)
    assert lines(text, "PrivateDevices") == ["yes"]
    assert lines(text, "DeviceAllow") == []


def test_the_password_is_passed_on_only_where_there_is_one(tmp_path: Path) -> None:
    told = (AGENT / "config.example.toml").read_text()
    file = tmp_path / "agent.toml"
    file.write_text(told.replace('password_file = "password"', 'password_file = "secret"'))
    assert lines(unit(load(file), tmp_path), "LoadCredential") == [f"secret:{tmp_path / 'secret'}"]
    file.write_text(told.replace("password_file", "# "))
    assert lines(unit(load(file), tmp_path), "LoadCredential") == []


def test_without_root_it_refuses_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotInstalled, match="run it with sudo"):
        install(None, etc=tmp_path / "etc", units=tmp_path / "units", root=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("folder", HIDDEN)
def test_an_agent_that_the_service_would_not_see_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(NotInstalled, match="/opt/chamber-agent"):
        install(
            None,
            etc=tmp_path / "etc",
            units=tmp_path / "units",
            root=True,
            command=[str(folder / "pi" / "chamber-agent")],
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("says", [True, False])
def test_only_who_announces_the_broker_may_ask_the_kernel_for_addresses(
    tmp_path: Path, says: bool
) -> None:
    mine = tmp_path / "mine.toml"
    added = "[gateway]\nadvertise = true\n" if says else "[gateway]\n"
    mine.write_text((AGENT / "config.example.toml").read_text().replace("[gateway]\n", added))
    text, _, _ = placed(tmp_path, mine)
    (families,) = lines(text, "RestrictAddressFamilies")
    assert ("AF_NETLINK" in families.split()) is says


@pytest.mark.lasting
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("config", ["config.example.toml", "config.pi.example.toml"])
def test_systemd_understands_the_unit_and_finds_it_hardly_exposed(
    tmp_path: Path, config: str
) -> None:
    placed(tmp_path, AGENT / config)
    file = str(tmp_path / "units" / UNIT)
    for command in (["verify", file], ["security", "--offline=true", "--threshold=20", file]):
        judged = subprocess.run(
            ["systemd-analyze", *command], capture_output=True, text=True, check=False
        )
        said = judged.stdout + judged.stderr
        assert judged.returncode == 0, said[-500:]
        assert "Unknown" not in said


def test_the_journal_reads_the_level_of_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    record = logging.LogRecord("a", logging.ERROR, "f", 1, "two\nlines", None, None)
    monkeypatch.setenv("JOURNAL_STREAM", "8:1234")
    assert journal.formatter().format(record) == "<3>two\n<3>lines"
    monkeypatch.delenv("JOURNAL_STREAM")
    assert journal.formatter().format(record).endswith(" ERROR two\nlines")
