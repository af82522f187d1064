"""What `scripts/fuzz` begins with: its targets hold for their seeds without a fuzzer."""

import subprocess
import sys
from pathlib import Path

import pytest

from workshop.fuzz import command, seeds
from workshop.places import SCRIPTS
from workshop.progress import WorkshopError

_EACH = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from workshop.fuzz import alone, seeds
alone.without_home_assistant()
from workshop.fuzz.targets import TARGETS
assert tuple(TARGETS) == seeds.NAMES
assert tuple(seeds.KINDS) == tuple(__import__("custom_components.chamber_ws.chamber.topics", fromlist="Kind").Kind)
for name, target in TARGETS.items():
    for path in (Path(sys.argv[2]) / name / "corpus").iterdir():
        target(path.read_bytes())
"""


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(sys.version_info < (3, 14), reason="mapped chambers are for Python 3.14")
def test_every_target_takes_its_seeds(tmp_path: Path) -> None:
    for name in seeds.NAMES:
        seeds.sow(name, tmp_path / name)
        assert len(list((tmp_path / name / "corpus").iterdir())) > 1
    done = _run(_EACH, str(SCRIPTS), str(tmp_path))
    assert done.returncode == 0, done.stderr


def test_words_are_written_as_the_fuzzer_reads_them(tmp_path: Path) -> None:
    seeds.sow("topics", tmp_path)
    lines = (tmp_path / "words").read_text().splitlines()
    assert r'"\x22temperature\x22:"' in lines
    assert all(line.isascii() and line[0] == line[-1] == '"' for line in lines)


def test_what_was_learnt_is_kept(tmp_path: Path) -> None:
    seeds.sow("history", tmp_path)
    (tmp_path / "corpus" / "learnt").write_bytes(b"x")
    seeds.sow("history", tmp_path)
    assert (tmp_path / "corpus" / "learnt").exists()


def test_a_target_that_there_is_not_is_named() -> None:
    with pytest.raises(WorkshopError, match="there is no target nothing; there are: topics"):
        command.main(["nothing"])
