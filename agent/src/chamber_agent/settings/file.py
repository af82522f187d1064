"""A configuration file: read whole, or refused with every mistake named by key and line."""

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from ..errors import ConfigError
from .lines import numbered
from .reader import Problems, read

Told = TypeVar("Told")


def content(path: Path) -> str:
    """Return what stands in the file. Raises `ConfigError`."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError([f"{path}: cannot be read: {reason}"]) from None


def understood(
    kind: type[Told], text: str, contradictions: Callable[[Told], Iterable[str]]
) -> Told:
    """Return what a text says. `contradictions` yields what is wrong with values that are right alone.

    Raises `ConfigError` with every problem in it.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"the file is not TOML: {error}"]) from None
    problems = Problems()
    config = read(kind, raw, "", problems)
    if config is not None:
        problems.extend(contradictions(config))
    if config is None or problems:
        raise ConfigError(numbered(problems, text))
    return config
