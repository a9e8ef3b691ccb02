"""The QGIS plugin as a package: what it imports, how long it is, and the zip of it."""

from __future__ import annotations

import ast
import configparser
import importlib.util
import io
import json
import re
import string
import sys
import tokenize
import zipfile
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from carbonspace.catalogue import indicators
from carbonspace.version import __version__

ROOT = Path(__file__).parents[1]
PLUGIN = ROOT / "qgis_plugin" / "carbonspace_qgis"
FILES = sorted(PLUGIN.glob("*.py"))
MOST_LINES = 1500
WORDS = json.loads((PLUGIN / "words.json").read_text("utf-8"))


def test_the_window_and_the_shop_find_what_they_need() -> None:
    facts = configparser.ConfigParser()
    facts.read(PLUGIN / "metadata.txt", "utf-8")
    general = facts["general"]
    for name in ("name", "qgisMinimumVersion", "description", "about", "version", "author",
                 "email", "repository", "tracker", "license", "changelog"):  # fmt: skip
        assert general[name].strip(), name
    assert general["hasProcessingProvider"] == "yes"
    assert general["qgisMinimumVersion"] == "3.22"
    assert general["version"] == __version__
    assert __version__ in general["changelog"]
    assert ElementTree.parse(PLUGIN / general["icon"]).getroot().tag.endswith("svg")
    assert (PLUGIN / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_uses_the_standard_library_and_pyqgis_only(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 9))  # the Python of QGIS 3.22
    for node in ast.walk(tree):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [str(node.module)]
        for name in names:
            assert name.partition(".")[0] in {*sys.stdlib_module_names, "qgis"}, name


def code_lines(path: Path) -> set[int]:
    """Return the numbers of lines that hold code: no blanks, no comments, no docstrings."""
    text = path.read_text("utf-8")
    told = {line for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            for line in range(node.lineno, int(node.end_lineno or 0) + 1)}  # fmt: skip
    silent = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
              tokenize.ENDMARKER)  # fmt: skip
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = {line for one in tokens if one.type not in silent
             for line in range(one.start[0], one.end[0] + 1)}  # fmt: skip
    return lines - told


def test_it_stays_thin() -> None:
    assert sum(len(code_lines(path)) for path in FILES) < MOST_LINES


def test_no_room_of_it_is_crowded() -> None:
    assert max(len(path.read_text("utf-8").splitlines()) for path in FILES) <= 400


def test_it_names_no_indicator() -> None:
    text = "\n".join(path.read_text("utf-8") for path in FILES)
    spoken = {node.value for node in ast.walk(ast.parse(text.replace("from __future__", "#")))
              if isinstance(node, ast.Constant) and isinstance(node.value, str)}  # fmt: skip
    assert not spoken & {*indicators()}


def said() -> Iterator[str]:
    for path in FILES:
        yield from re.findall(r'\bsay\(\s*"(\w+)"', path.read_text("utf-8"))


def test_every_word_is_there_in_both_languages_with_the_same_blanks() -> None:
    assert {*said()} <= {*WORDS}
    for key, words in WORDS.items():
        blanks = [{name for _, name, _, _ in string.Formatter().parse(words[lang]) if name}
                  for lang in ("zh", "en")]  # fmt: skip
        assert blanks[0] == blanks[1], key
        assert words["zh"] != words["en"] or key == "group", key


@pytest.mark.parametrize("path", sorted(PLUGIN.glob("*.ui")), ids=lambda path: path.name)
def test_every_text_of_a_form_is_a_key_of_the_words(path: Path) -> None:
    texts = [one.text for one in ElementTree.parse(path).iter("string") if not one.get("notr")]
    assert texts
    assert {*texts} <= {*WORDS}


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    """Return scripts/plugin.py as a module."""
    loader = SourceFileLoader("plugin_zip", str(ROOT / "scripts" / "plugin.py"))
    spec = importlib.util.spec_from_loader("plugin_zip", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


def test_the_zip_is_what_qgis_takes_and_the_same_every_time(
    tmp_path: Path, builder: ModuleType
) -> None:
    one, two = tmp_path / "a" / "x.zip", tmp_path / "y.zip"
    names = builder.build(PLUGIN, one)
    builder.build(PLUGIN, two)
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as made:
        assert made.testzip() is None
        assert made.namelist() == names
    assert {name.partition("/")[0] for name in names} == {"carbonspace_qgis"}
    inside = {name.partition("/")[2] for name in names}
    data = {"words.json", "tables.json", "panel.ui", "settings.ui"}
    assert {"__init__.py", "metadata.txt", "LICENSE", "icon.svg", *data} <= inside
    assert {path.name for path in FILES} <= inside
    assert not any("__pycache__" in name or name.endswith(".pyc") for name in inside)
    assert one.stat().st_size < 20_000_000


HOME = {"HOMEPAGE": "https://plans.city/碳", "REPOSITORY": "https://plans.city/code\\1",
        "TRACKER": "https://plans.city/issues", "CONTACT": "people@plans.city"}  # fmt: skip


def test_a_release_names_places_that_are_there(tmp_path: Path, builder: ModuleType) -> None:
    target = tmp_path / "x.zip"
    asked = ["--release", str(PLUGIN), str(target)]
    why = builder.main(asked, {})
    assert {*re.findall(r"RELEASE=1 (\w+)=", why)} == {*HOME}
    assert "HOMEPAGE" not in builder.main(asked, {"HOMEPAGE": HOME["HOMEPAGE"]})
    assert "tracker=nowhere is no address" in builder.main(asked, {**HOME, "TRACKER": "nowhere"})
    assert not target.exists()
    assert builder.main(asked, HOME) is None
    with zipfile.ZipFile(target) as made:
        told = made.read("carbonspace_qgis/metadata.txt").decode()
    source = (PLUGIN / "metadata.txt").read_text("utf-8")
    assert {*told.splitlines()} - {*source.splitlines()} == {
        f"{name}={HOME[variable]}" for name, variable in builder.PLACES.items()}  # fmt: skip
    assert len(told.splitlines()) == len(source.splitlines())


def test_a_release_has_all_that_the_repository_asks(builder: ModuleType) -> None:
    metadata = builder.placed((PLUGIN / "metadata.txt").read_text("utf-8"), {
        name: HOME[variable] for name, variable in builder.PLACES.items()})  # fmt: skip
    assert builder.faults(metadata) == []
    for name in ("about", "tracker", "icon", "qgisMinimumVersion"):
        lacking = re.sub(rf"(?m)^{name}=.*$", f"{name}=", metadata)
        assert builder.faults(lacking) == [f"{name} is missing"]


def test_an_ordinary_zip_needs_no_places(tmp_path: Path, builder: ModuleType) -> None:
    assert builder.main([str(PLUGIN), str(tmp_path / "x.zip")], {}) is None
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "scripts/plugin.py $(if $(RELEASE),--release) " in makefile
