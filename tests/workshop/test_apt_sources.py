"""The machine's Debian mirror is read from apt's own configuration, whatever its format."""

from pathlib import Path

import pytest

from workshop.machine.apt_sources import (
    Source,
    debian_mirror,
    parse_deb822,
    parse_one_line,
    read_sources,
)

DEB822 = """\
# a comment before everything
Types: deb deb-src
# snapshot: an old address
URIs: http://mirror.example/debian  http://other.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://disabled.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://sources.example/debian
Suites: bookworm
Components: main
"""


def test_deb822_has_stanzas_continuations_comments_and_several_addresses() -> None:
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    suites, components = ("bookworm", "bookworm-updates"), ("main", "contrib")
    assert parse_deb822(DEB822) == [
        Source("http://mirror.example/debian", suites, components, keyring),
        Source("http://other.example/debian", suites, components, keyring),
        Source("http://mirror.example/debian-security", ("bookworm-security",), ("main",)),
    ]


def test_an_inline_key_is_no_keyring() -> None:
    text = """\
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 -----END PGP PUBLIC KEY BLOCK-----
"""
    assert [source.signed_by for source in parse_deb822(text)] == [""]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (
            "deb http://mirror.example/debian bookworm main contrib # as installed",
            Source("http://mirror.example/debian", ("bookworm",), ("main", "contrib")),
        ),
        (
            "deb [arch=amd64 signed-by=/usr/share/keyrings/d.gpg] https://m.example/d bookworm main",
            Source("https://m.example/d", ("bookworm",), ("main",), "/usr/share/keyrings/d.gpg"),
        ),
        (
            "\tdeb\tmirror+file:/etc/apt/mirrors/debian.list\tbookworm\tmain",
            Source("mirror+file:/etc/apt/mirrors/debian.list", ("bookworm",), ("main",)),
        ),
    ],
)
def test_one_line_sources(line: str, found: Source) -> None:
    assert parse_one_line(line) == [found]


@pytest.mark.parametrize(
    "line",
    ["", "# deb http://mirror.example/debian bookworm main", "deb-src http://x/debian a main"],
)
def test_what_is_no_source_of_binaries(line: str) -> None:
    assert parse_one_line(line) == []


def test_the_mirror_is_debians_own_archive_and_not_a_third_party_with_the_same_suite() -> None:
    third = Source("http://apt.example/tools", ("bookworm",), ("main",), "/etc/apt/keyrings/t.gpg")
    unsigned_third = Source("http://apt.example/tools", ("bookworm",), ("main",))
    security = Source("http://mirror.example/debian-security", ("bookworm-security",), ("main",))
    disc = Source("cdrom:[Debian]/", ("bookworm",), ("main",))
    archive = Source("http://mirror.example/debian/", ("bookworm", "bookworm-updates"), ("main",))
    assert debian_mirror([third, unsigned_third, security, disc, archive], "bookworm") == archive
    assert debian_mirror([third, security, disc], "bookworm") is None
    assert debian_mirror([archive], "trixie") is None


def test_both_formats_and_all_files_of_a_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb http://a.example/debian bookworm main\n")
    (tmp_path / "sources.list.d" / "b.list").write_text("deb http://b.example/x bookworm main\n")
    (tmp_path / "sources.list.d" / "c.sources").write_text(DEB822)
    (tmp_path / "sources.list.d" / "d.sources.save").write_text(DEB822)
    assert [source.uri for source in read_sources(tmp_path)] == [
        "http://a.example/debian",
        "http://b.example/x",
        "http://mirror.example/debian",
        "http://other.example/debian",
        "http://mirror.example/debian-security",
    ]


def test_a_machine_without_apt_has_no_sources(tmp_path: Path) -> None:
    assert read_sources(tmp_path / "nowhere") == []
