"""The documents lead where they say, and what they tell a reader to type is run by a test, or says that it is not."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

from bench import command as bench
from chamber_agent.__main__ import _joined, _parser
from chamber_agent.chamber import wire
from source import ROOT, proofs_in
from workshop.demo import command as demo

FRONT = ROOT / "README.md"
DOCUMENTS = (
    FRONT,
    *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
    *(ROOT / folder / "README.md" for folder in ("adr", "agent", "contract")),
    *sorted((ROOT / "docs").glob("*.md")),
)
RUN = {
    "scripts/demo": (".ci/run", "scripts/demo --check"),
    "scripts/test": (".ci/run", "scripts/test --all"),
    "chamber-agent simulate": ("tests/agent/test_command_line.py", 'started("simulate", '),
    "chamber-agent run": ("tests/agent/test_command_line.py", 'started("run", '),
    "chamber-agent check": ("tests/agent/test_command_line.py", 'agent("check", '),
    "chamber-agent install-service --print": (
        "tests/agent/test_command_line.py",
        'agent("install-service", "--print")',
    ),
}
"""How a command begins, which file runs it, and the words there that do."""
NOT_RUN = re.compile(r"<!-- not run by a test: \S.+ -->")
OPERATORS = ";&|"
SHELL = {"sh", "bash", "console", "shell"}
FENCE = re.compile(
    r"^ *(?P<ticks>```+)(?P<kind>\w*)\n(?P<text>.*?)^ *(?P=ticks)$", re.MULTILINE | re.DOTALL
)
PUBLISHED = re.compile(
    r"mosquitto_pub [^\n|;]*?-t (?P<topic>chamber/v1/[\w/-]+)[^\n|;]*? -m '(?P<text>\{.+?\})'"
)


@dataclass(frozen=True)
class Block:
    """What stands between fences, and the line before it."""

    page: Path
    line: int
    kind: str
    text: str
    before: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def commands(self) -> list[str]:
        """One command each, without `sudo` and comments."""
        found = []
        for line in self.text.replace("\\\n", " ").splitlines():
            words = shlex.shlex(line, posix=True, punctuation_chars=OPERATORS)
            words.whitespace_split = True
            for operator, part in groupby(words, lambda word: set(word) <= set(OPERATORS)):
                found += [] if operator else [shlex.join(part).removeprefix("sudo ")]
        return found


def is_run(command: str) -> bool:
    return any(f"{command} ".startswith(f"{begins} ") for begins in RUN)


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    found = []
    for match in FENCE.finditer(text):
        above = text[: match.start()]
        last = above.rstrip().rpartition("\n")[2].strip()
        found.append(Block(page, above.count("\n") + 1, match["kind"], match["text"], last))
    return found


BLOCKS = [block for page in DOCUMENTS for block in blocks(page)]
SHELLS = [block for block in BLOCKS if block.kind in SHELL]
INLINE = re.compile(r"`(chamber-agent [^`]*--[^`]+)`")
AGENTS = sorted(
    {
        command
        for block in SHELLS
        for command in block.commands()
        if command.startswith("chamber-agent ")
    }
    | {
        " ".join(command.split())
        for page in DOCUMENTS
        for command in INLINE.findall(FENCE.sub("", page.read_text()))
    }
)
"""Every command line of the agent that is shown, in a block or in a sentence."""


def prose(page: Path) -> str:
    """The page without what is shown as code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text()))


@cache
def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#{1,6} +(.+?) *$", FENCE.sub("", page.read_text()), re.MULTILINE):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
    return set(found) | {f"{slug}-{n}" for slug, most in found.items() for n in range(1, most + 1)}


def links(page: Path) -> list[tuple[Path, str]]:
    """Where a page leads within the repository: the file, and the anchor if any."""
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    inner = [target for target in targets if not re.match(r"[a-z]+:", target)]
    parts = [target.partition("#") for target in inner]
    return [((page.parent / path).resolve() if path else page, name) for path, _, name in parts]


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = [
        f"{path.name}#{name}"
        for path, name in links(page)
        if not path.exists() or (name and name not in anchors(path))
    ]
    assert lost == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_test_that_is_named_exists(page: Path) -> None:
    named = re.findall(r"\[(test_\w+)\]\(([\w./]+\.py)\)", page.read_text())
    missing = [
        name for name, path in named if name not in proofs_in((page.parent / path).resolve())
    ]
    assert missing == []


def test_every_page_is_found_from_the_front_door() -> None:
    seen, waiting = {FRONT}, [FRONT]
    while waiting:
        new = {path for path, _ in links(waiting.pop()) if path in DOCUMENTS} - seen
        seen |= new
        waiting += new
    assert set(DOCUMENTS) - seen == set()


@pytest.mark.parametrize("begins", RUN)
def test_a_command_is_run_where_it_is_said_to_be(begins: str) -> None:
    file, words = RUN[begins]
    assert words in (ROOT / file).read_text()


@pytest.mark.parametrize("block", SHELLS, ids=str)
def test_what_is_typed_is_run_by_a_test_or_said_not_to_be(block: Block) -> None:
    unproven = [command for command in block.commands() if not is_run(command)]
    assert block.commands()
    assert bool(unproven) == bool(NOT_RUN.fullmatch(block.before)), unproven


def test_no_block_without_a_language_holds_commands() -> None:
    programs = re.compile(r" *(sudo|mosquitto_\w+|chamber-agent|scripts/\w+|python3?|pip) ")
    assert [str(block) for block in BLOCKS if not block.kind and programs.match(block.text)] == []


@pytest.mark.parametrize("command", AGENTS)
def test_the_agent_understands_every_command_line_that_is_shown(command: str) -> None:
    _parser().parse_args(_joined(shlex.split(command)[1:]))


def test_the_scripts_understand_every_option_that_is_shown() -> None:
    shown = {
        command for block in SHELLS for command in block.commands() if command.startswith("scripts")
    }
    for command in shown:
        program, *options = shlex.split(command)
        if program == "scripts/demo":
            demo.parse(options)
        elif program == "scripts/bench" and options[:1] != ["lecture38"]:
            bench.parse(options)
        assert (ROOT / program).is_file()


def test_what_is_published_is_understood_whole() -> None:
    shown = [
        match
        for block in SHELLS
        for match in PUBLISHED.finditer(block.text.replace("\\\n", " ").replace("'$S'", "5e55"))
    ]
    assert len(shown) >= 5
    for match in shown:
        message = wire.decode(match["topic"], match["text"].encode())
        assert message is not None
        assert message.set_aside == ()  # type: ignore[union-attr]
