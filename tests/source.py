"""The source as the laws see it: modules, what they import, how long they are."""

import ast
import io
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent
INTEGRATION = ROOT / "custom_components" / "chamber_ws"
CHAMBER = INTEGRATION / "chamber"
LINK = INTEGRATION / "link"
AGENT = ROOT / "agent" / "src" / "chamber_agent"
SHARED = (AGENT / "chamber", AGENT / "link")
QUIET = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


@dataclass(frozen=True)
class Module:
    """One file of Python, below the root of its package."""

    path: Path
    package: Path

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All of the parsed source."""
        return tuple(ast.walk(ast.parse(self.path.read_text())))

    @property
    def name(self) -> str:
        """The dotted name below the package; empty for the package itself."""
        parts = self.path.relative_to(self.package).with_suffix("").parts
        return ".".join(part for part in parts if part != "__init__")

    @cached_property
    def imports(self) -> frozenset[str]:
        """What it imports at run time: top-level names of others, and `.dotted` names of its own package."""
        return frozenset(self._imports())

    def _imports(self) -> Iterator[str]:
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level:
                yield from self._own(node)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.split(".")[0]

    def _own(self, node: ast.ImportFrom) -> Iterator[str]:
        here = list(self.path.relative_to(self.package).parent.parts)
        up = node.level - 1
        base = here[: len(here) - up] if up <= len(here) else [".."]
        base += node.module.split(".") if node.module else []
        for alias in node.names:
            inner = [*base, alias.name]
            is_module = _is_module(self.package.joinpath(*inner))
            yield "." + ".".join(inner if is_module else base)

    @cached_property
    def code_lines(self) -> int:
        """Lines that hold code: no blanks, comments or docstrings."""
        documented = {line for node in self.nodes for line in _docstring_lines(node)}
        lines: set[int] = set()
        for token in tokenize.generate_tokens(io.StringIO(self.path.read_text()).readline):
            if token.type not in QUIET and token.type != tokenize.ENDMARKER:
                lines |= set(range(token.start[0], token.end[0] + 1))
        return len(lines - documented)

    @cached_property
    def functions(self) -> tuple[tuple[str, int], ...]:
        """Every function with its lines of body."""
        return tuple(self._functions())

    def _functions(self) -> Iterator[tuple[str, int]]:
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                documented = set(_docstring_lines(node))
                first = node.body[0].lineno
                yield node.name, len(set(range(first, (node.end_lineno or first) + 1)) - documented)

    @cached_property
    def exceptions(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Every class whose name or base says that it is raised, with the names of its bases."""
        return tuple(self._exceptions())

    def _exceptions(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for node in self.nodes:
            if isinstance(node, ast.ClassDef):
                yield node.name, tuple(ast.unparse(base).split(".")[-1] for base in node.bases)

    def calls(self) -> Iterator[str]:
        """The dotted names of everything that is called."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func)


@cache
def modules(package: Path, *, leave_out: tuple[Path, ...] = ()) -> tuple[Module, ...]:
    """The modules of a package; symbolic links are left to the place they point at."""
    found = (path for path in sorted(package.rglob("*.py")) if "__pycache__" not in path.parts)
    return tuple(
        Module(path, package)
        for path in found
        if not any(path.is_relative_to(folder) for folder in leave_out)
    )


def is_standard(name: str) -> bool:
    """Whether a top-level name belongs to the standard library."""
    return name in sys.stdlib_module_names


def _is_module(path: Path) -> bool:
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def _docstring_lines(node: ast.AST) -> Iterator[int]:
    holds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    if isinstance(node, holds) and node.body and isinstance(node.body[0], ast.Expr):
        value = node.body[0].value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield from range(value.lineno, (value.end_lineno or value.lineno) + 1)


def proofs_in(path: Path) -> set[str]:
    """The names of the tests of a file, those in its classes too; none where there is no such file."""
    if not path.is_file():
        return set()
    nodes = ast.walk(ast.parse(path.read_text()))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node.name for node in functions if node.name.startswith("test_")}
