"""The texts of a translation, whatever is nested how deep."""

from collections.abc import Iterator
from typing import Any


def texts(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text with its path."""
    if isinstance(node, str):
        yield path, node
        return
    for key, value in node.items():
        yield from texts(value, f"{path}.{key}")
