"""A TOML table read into a frozen dataclass by the dataclass's own annotations.

A field's type says what is expected, its default what is taken where the key is missing, and its
bounds (`Annotated[float, Between(0, 100)]`) what is admitted. Every problem is noted under the key's
path; reading goes on, so that one run names them all.
"""

import difflib
import math
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from enum import StrEnum
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from .bounds import Beside, Between, Matching

T = TypeVar("T")


class Problems(list[str]):
    """What is wrong with a configuration, one line per key."""

    def note(self, path: str, what: str, expected: str) -> None:
        """Note that the value at `path` is wrong."""
        self.append(f"{path}: {what}, expected {expected}")


class _Scalar(NamedTuple):
    fits: Callable[[object], bool]
    make: Callable[[Any], object]
    expected: str


def _is_number(raw: object) -> bool:
    return type(raw) in (int, float) and math.isfinite(float(str(raw)))


def _is_text(raw: object) -> bool:
    return type(raw) is str and bool(raw.strip())


_SCALARS: Mapping[object, _Scalar] = {
    bool: _Scalar(lambda raw: type(raw) is bool, bool, "true or false"),
    int: _Scalar(lambda raw: type(raw) is int, int, "a whole number"),
    float: _Scalar(_is_number, float, "a number"),
    str: _Scalar(_is_text, str, "a text"),
    Path: _Scalar(_is_text, Path, "the path of a file"),
}


def read(kind: type[T], raw: object, path: str, problems: Problems) -> T | None:
    """Return the table `raw` as a `kind`; None, with every problem noted, if it is none."""
    if not isinstance(raw, Mapping):
        problems.note(path, _shown(raw), "a table")
        return None
    hints = get_type_hints(kind, include_extras=True)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    before = len(problems)
    for key in raw:
        if key not in known:
            problems.append(f"{_below(path, key)}: unknown key{_suggestion(key, known)}")
    values = {}
    for name, field in known.items():
        beside = _beside(hints[name])
        if name in raw:
            values[name] = _value(hints[name], raw[name], _below(path, name), problems)
            if beside and not beside.met(raw):
                problems.append(f"{_below(path, name)}: {beside}")
        elif _required(field) or (beside and beside.needed and beside.met(raw)):
            problems.append(f"{_below(path, name)}: missing, expected {_described(hints[name])}")
    return kind(**values) if len(problems) == before else None


def _value(hint: Any, raw: object, path: str, problems: Problems) -> Any:
    if scalar := _SCALARS.get(hint):
        if scalar.fits(raw):
            return scalar.make(raw)
        return problems.note(path, _shown(raw), scalar.expected)
    origin = get_origin(hint)
    if reader := _READERS.get(origin):
        return reader(hint, raw, path, problems)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _word(hint, raw, path, problems)
    return read(hint, raw, path, problems)


def _annotated(hint: Any, raw: object, path: str, problems: Problems) -> Any:
    base, *bounds = get_args(hint)
    before = len(problems)
    value = _value(base, raw, path, problems)
    if len(problems) > before:
        return None
    for bound in bounds:
        if isinstance(bound, Between | Matching) and not bound.admits(value):
            problems.note(path, _shown(raw), str(bound))
    return value


def _one_of(hint: Any, raw: object, path: str, problems: Problems) -> Any:
    """Read one of several kinds of tables by its tag, or what is optional."""
    kinds = _kinds(hint)
    if len(kinds) == 1:
        return _value(kinds[0], raw, path, problems)
    if not isinstance(raw, Mapping):
        return problems.note(path, _shown(raw), _described(hint))
    tag, by_tag = _tagged(kinds)
    if tag not in raw:
        if not _required(fields(kinds[0])[0]):
            return read(kinds[0], raw, path, problems)
        return problems.append(f"{_below(path, tag)}: missing, expected {_choices(by_tag)}")
    chosen = _chosen(by_tag, raw[tag], _below(path, tag), problems)
    return chosen and read(chosen, raw, path, problems)


def _tagged(kinds: Sequence[type]) -> tuple[str, dict[Any, type]]:
    """Return the name of the tag that tells these dataclasses apart, their first field, and whose is which."""
    tag = fields(kinds[0])[0].name
    return tag, {get_args(get_type_hints(kind)[tag])[0]: kind for kind in kinds}


def _literal(hint: Any, raw: object, path: str, problems: Problems) -> Any:
    return _chosen({word: word for word in get_args(hint)}, raw, path, problems)


def _chosen(known: Mapping[Any, T], raw: object, path: str, problems: Problems) -> T | None:
    for word, meaning in known.items():
        if type(raw) is type(word) and raw == word:
            return meaning
    problems.append(f"{path}: {_shown(raw)}, expected {_choices(known)}{_hint(raw, known)}")
    return None


def _listed(hint: Any, raw: object, path: str, problems: Problems) -> Any:
    if not isinstance(raw, list):
        return problems.note(path, _shown(raw), _described(hint))
    kind, _ = get_args(hint)
    return tuple(_value(kind, item, f"{path}[{i}]", problems) for i, item in enumerate(raw))


def _mapped(hint: Any, raw: object, path: str, problems: Problems) -> Any:
    if not isinstance(raw, Mapping):
        return problems.note(path, _shown(raw), _described(hint))
    key, kind = get_args(hint)
    return types.MappingProxyType(
        {
            _value(key, name, _below(path, name), problems): _value(
                kind, item, _below(path, name), problems
            )
            for name, item in raw.items()
        }
    )


def _word(words: type[StrEnum], raw: object, path: str, problems: Problems) -> Any:
    return _chosen({word.value: word for word in words}, raw, path, problems)


_READERS: Mapping[object, Callable[[Any, object, str, Problems], Any]] = {
    Annotated: _annotated,
    Literal: _literal,
    types.UnionType: _one_of,
    Union: _one_of,
    tuple: _listed,
    Mapping: _mapped,
}


def _described(hint: Any) -> str:
    """Say what a type expects."""
    if scalar := _SCALARS.get(hint):
        return scalar.expected
    origin = get_origin(hint)
    if origin is Annotated:
        bounds = [str(bound) for bound in get_args(hint)[1:] if not isinstance(bound, Beside)]
        return bounds[0] if bounds else _described(get_args(hint)[0])
    if origin is tuple:
        return f"a list, each entry {_described(get_args(hint)[0])}"
    if origin in (types.UnionType, Union):
        kinds = _kinds(hint)
        tag, by_tag = _tagged(kinds) if len(kinds) > 1 else ("", {})
        return f"a table with {tag} {_choices(by_tag)}" if tag else _described(kinds[0])
    if origin is Literal:
        return _choices(get_args(hint))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _choices([word.value for word in hint])
    return "a table"


def _kinds(hint: Any) -> list[Any]:
    """Return what a hint may be besides None, which TOML cannot say."""
    return [arg for arg in get_args(hint) if arg is not type(None)]


def _choices(words: Iterable[object]) -> str:
    shown = [f'"{word}"' if isinstance(word, str) else str(word) for word in words]
    return f"one of {', '.join(shown)}" if len(shown) > 1 else shown[0]


def _hint(raw: object, known: Iterable[object]) -> str:
    words = [word for word in known if isinstance(word, str)]
    close = difflib.get_close_matches(str(raw), words, n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def _shown(raw: object) -> str:
    """Say what was found, shortened."""
    if isinstance(raw, Mapping):
        return "found a table"
    if isinstance(raw, bool):
        return f"found {str(raw).lower()}"
    text = f'"{raw}"' if isinstance(raw, str) else str(raw)
    return f"found {text[:60]}{'…' if len(text) > 60 else ''}"


def _suggestion(key: str, known: Mapping[str, object]) -> str:
    if close := difflib.get_close_matches(key, known, n=1, cutoff=0.6):
        return f', did you mean "{close[0]}"?'
    return f", expected one of {', '.join(known)}"


def _beside(hint: Any) -> Beside | None:
    """Return which other keys a key belongs to."""
    bounds = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((bound for bound in bounds if isinstance(bound, Beside)), None)


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
