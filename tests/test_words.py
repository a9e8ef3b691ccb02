"""What a Chinese planner reads is Chinese: no English words of ours in what was found."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "carbonspace"
WORD = re.compile(r"[A-Za-z]{2,}")
POSITION = {"Finding": 3, "Doubt": 2, "Spot": 1, "_RefusalError": 1}
NAMES = {"SRID", "LDID", "layers", "units", "where", "Text", "GB"}
"""Words that mean the same to everybody: keys of plan.toml, and names of standards."""


def literals(node: ast.AST) -> Iterator[str]:
    """Yield what is written out in an expression, without what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from literals(part) if isinstance(part, ast.Constant) else ()
    elif isinstance(node, ast.BinOp | ast.IfExp | ast.BoolOp):
        for child in ast.iter_child_nodes(node):
            yield from literals(child)


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def argument(call: ast.Call, position: int, name: str) -> ast.AST | None:
    if len(call.args) > position:
        return call.args[position]
    return next((k.value for k in call.keywords if k.arg == name), None)


def expressions(function: ast.AST, given: ast.AST) -> Iterator[ast.AST]:
    """Yield an argument, or whatever a function assigns to the name it is given under."""
    yield given
    if isinstance(given, ast.Name):
        for node in ast.walk(function):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if any(isinstance(t, ast.Name) and t.id == given.id for t in targets):
                yield node.value  # type: ignore[attr-defined]


def untranslated(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    for function in functions:
        for call in (n for n in ast.walk(function) if isinstance(n, ast.Call)):
            given = argument(call, POSITION.get(name_of(call), 99), "found")
            for one in expressions(function, given) if given is not None else ():
                words = {w for text in literals(one) for w in WORD.findall(text)} - NAMES
                if words:
                    yield f"{path.name}:{call.lineno} {sorted(words)}"


def chinese(path: Path) -> Iterator[str]:
    """Yield texts whose Chinese is words without a Chinese character."""
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and name_of(call) == "Text" and len(call.args) == 2:
            zh, en = ("".join(literals(one)) for one in call.args)
            if WORD.search(zh) and zh != en and not re.search(r"[\u4e00-\u9fff]", zh):
                yield f"{path.name}:{call.lineno} {zh!r}"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: p.stem)
def test_what_was_found_is_said_in_both_languages(path: Path) -> None:
    assert [*untranslated(path)] == []
    assert [*chinese(path)] == []


def test_the_rule_finds_what_it_should(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(
        "def f(key, name):\n"
        "    found = f'no column {name}'\n"
        "    yield Finding('error', key, what, found, expected, action)\n"
        "    yield Finding('error', key, what, f'{name}: 3 rows', expected, action)\n"
        "    yield Finding('error', key, what, f'{name!r} > 3 m', expected, action)\n"
        "    return Text('rows', 'three rows')\n"
    )
    assert [*untranslated(tmp_path / "x.py")] == ["x.py:3 ['column', 'no']", "x.py:4 ['rows']"]
    assert [*chinese(tmp_path / "x.py")] == ["x.py:6 'rows'"]
