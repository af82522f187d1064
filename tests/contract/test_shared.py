"""Both inhabitants speak by the same files."""

from __future__ import annotations

from pathlib import Path

import pytest

import chamber_agent.chamber
import chamber_agent.link

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("package", [chamber_agent.chamber, chamber_agent.link])
def test_the_agent_reads_the_integration_s_own_files(package: object) -> None:
    (folder,) = (Path(entry) for entry in package.__path__)  # type: ignore[attr-defined]
    assert folder.resolve() == ROOT / "custom_components" / "chamber_ws" / folder.name


@pytest.mark.parametrize("name", ["chamber", "link"])
def test_the_link_is_relative_so_that_it_holds_wherever_the_repository_lies(name: str) -> None:
    link = ROOT / "agent" / "src" / "chamber_agent" / name
    assert link.is_symlink()
    assert not link.readlink().is_absolute()


def test_nothing_that_is_shipped_to_home_assistant_is_a_link() -> None:
    shipped = ROOT / "custom_components" / "chamber_ws"
    assert not [path for path in shipped.rglob("*") if path.is_symlink()]
