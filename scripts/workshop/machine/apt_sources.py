"""Read apt's configuration (one-line and deb822) and find this machine's Debian mirror in it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

DEFAULT_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_ONE_LINE = re.compile(
    r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<components>(?:\s+[^\s#]+)*)"
)


@dataclass(frozen=True)
class Source:
    """One place packages come from: a mirror and what it is asked for."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""


def read_sources(folder: Path = Path("/etc/apt")) -> list[Source]:
    """Return every enabled source of binary packages below an apt configuration folder."""
    lists = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.list"))]
    found = [source for path in lists if path.is_file() for source in parse_one_line(_text(path))]
    for path in sorted((folder / "sources.list.d").glob("*.sources")):
        found += parse_deb822(_text(path))
    return found


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def parse_one_line(text: str) -> list[Source]:
    """Parse the format of `sources.list`: `deb [options] uri suite component …`."""
    found = []
    for line in text.splitlines():
        match = _ONE_LINE.match(line.split("#", 1)[0].strip())
        if match:
            options = dict(
                part.split("=", 1) for part in (match["options"] or "").split() if "=" in part
            )
            components = tuple(match["components"].split())
            found.append(
                Source(
                    match["uri"],
                    (match["suite"],),
                    components,
                    _keyring(options.get("signed-by", "")),
                )
            )
    return found


def parse_deb822(text: str) -> list[Source]:
    """Parse the format of `*.sources`: stanzas of fields, with comments and continuation lines."""
    return [source for stanza in _stanzas(text.splitlines()) for source in _stanza_sources(stanza)]


def _stanza_sources(stanza: dict[str, str]) -> Iterator[Source]:
    enabled = stanza.get("enabled", "yes").strip().lower() not in {
        "no",
        "false",
        "0",
        "off",
        "without",
        "disable",
    }
    if not enabled or "deb" not in stanza.get("types", "").split():
        return
    for uri in stanza.get("uris", "").split():
        yield Source(
            uri,
            tuple(stanza.get("suites", "").split()),
            tuple(stanza.get("components", "").split()),
            _keyring(stanza.get("signed-by", "")),
        )


def _keyring(value: str) -> str:
    """Keep a keyring named by path; an inline key or a fingerprint is of no use to a private apt."""
    return value.strip() if value.strip().startswith("/") else ""


def _stanzas(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    name = ""
    for line in [*lines, ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif line[0].isspace():
            fields[name] = f"{fields.get(name, '')} {line.strip()}"
        else:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()


def debian_mirror(sources: Iterable[Source], codename: str) -> Source | None:
    """Return the source that is the Debian archive itself: `main` of this release, Debian's key."""
    fitting = [
        source
        for source in sources
        if "main" in source.components
        and codename in source.suites
        and not source.uri.startswith("cdrom:")
        and (not source.signed_by or "debian-archive" in source.signed_by)
    ]
    # A third party may also call its suite by Debian's codename; Debian's own path ends so.
    fitting.sort(key=lambda source: not source.uri.rstrip("/").endswith("debian"))
    return fitting[0] if fitting else None
