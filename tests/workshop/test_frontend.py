"""Whether the committed module is what its source builds is told file by file."""

from pathlib import Path

import pytest

from workshop.checks import frontend
from workshop.machine import node
from workshop.progress import WorkshopError


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what was committed: one module."""
    folder = tmp_path / "www"
    folder.mkdir()
    (folder / "card.js").write_text("1")
    monkeypatch.setattr(frontend, "BUILT", folder)
    return folder


@pytest.mark.parametrize(
    ("fresh", "different"),
    [
        ({"card.js": "1"}, []),
        ({"card.js": "2"}, ["card.js"]),
        ({"card.js": "1", "more.js": "1"}, ["more.js"]),
        ({"more.js": "1"}, ["card.js", "more.js"]),
    ],
)
def test_what_differs_is_named(
    tmp_path: Path, built: Path, fresh: dict[str, str], different: list[str]
) -> None:
    target = tmp_path / "fresh"
    target.mkdir()
    for name, content in fresh.items():
        (target / name).write_text(content)
    assert frontend.differences(target) == different


def test_a_check_fails_where_the_module_is_another(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tools have their own tests; here it is what comes of them."""
    monkeypatch.setattr(frontend, "_run", lambda *_words: None)
    monkeypatch.setattr(node, "installed", lambda folder: folder)
    monkeypatch.setattr(frontend, "build", lambda folder: (folder / "card.js").write_text("2"))
    monkeypatch.setattr(frontend, "ROOT", built.parent)
    with pytest.raises(WorkshopError, match=r"www is not what frontend/ says: card\.js differ"):
        frontend.main(["--check"])
    assert (built / "card.js").read_text() == "1"
