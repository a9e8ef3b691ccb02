"""What the documentation shows is run: an example that does not work is a fault."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box

from carbonspace.catalogue import indicators
from carbonspace.cli import app
from carbonspace.model.layers import LAYERS
from carbonspace.profiles import parse_profile
from carbonspace.rulebook import rule_file_faults, rulebook

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
HOW_TO = ROOT / "docs" / "how-to"


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced code of one language on a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.S | re.M)


@pytest.mark.sample
def test_the_readme_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = blocks(ROOT / "README.md", "python")
    assert len(example.strip().splitlines()) <= 10
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "README.md", "exec", dont_inherit=True), {})
    assert "unit_id" in capsys.readouterr().out
    assert (tmp_path / "results" / "results.gpkg").is_file()


def test_the_readme_names_commands_that_exist() -> None:
    shown = re.findall(r"^carbonspace (\w+)", blocks(ROOT / "README.md", "sh")[1], re.M)
    assert shown
    assert set(shown) <= set(app.commands)


def test_the_readme_names_targets_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    text = "".join(page.read_text("utf-8") for page in PAGES)
    targets = re.findall(r"^make ([\w-]+)|`make ([\w-]+)", text, re.M)
    names = {first or second for first, second in targets}
    assert {"demo", "test"} <= names
    assert all(re.search(rf"^{name}:", makefile, re.M) for name in names)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_the_table_of_layers_is_that_of_the_model() -> None:
    text = (HOW_TO / "write-plan-toml.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| .*? \| .*? \| (.*) \|$", text, re.M))
    assert list(rows) == list(LAYERS)
    for key, layer in LAYERS.items():
        assert re.findall(r"`(\w+)`", rows[key]) == [column.name for column in layer.columns]
        required = {column.name for column in layer.columns if column.required}
        assert set(re.findall(r"`(\w+)` \(required\)", rows[key])) == required
        for column in layer.columns:
            assert not column.values or ": " + ", ".join(column.values) in rows[key]


def test_the_examples_of_plan_toml_name_what_exists() -> None:
    for text in blocks(HOW_TO / "write-plan-toml.md", "toml"):
        plan = tomllib.loads(text)
        assert set(plan["layers"]) <= set(LAYERS)
        for key, layer in plan["layers"].items():
            columns = {column.name for column in LAYERS[key].columns}
            assert set(layer.get("fields", {})) <= columns
        for key, given in plan.get("parameters", {}).items():
            chosen = indicators().values() if key == "all" else [indicators()[key]]
            assert set(given) <= {p.name for one in chosen for p in one.parameters}


def test_the_indicator_of_the_how_to_counts_parks() -> None:
    page = HOW_TO / "own-indicator.md"
    (code,) = blocks(page, "python")
    names: dict[str, object] = {}
    exec(compile(code, page.name, "exec", dont_inherit=True), names)
    density = names["park_density"]
    assert callable(density)
    squares = [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)]
    units = gpd.GeoDataFrame({"unit_id": ["W", "E"]}, geometry=squares, crs="EPSG:4547")
    grounds = [box(0, 0, 10, 10), box(900, 0, 1100, 10)]
    parks = gpd.GeoDataFrame(geometry=grounds, crs="EPSG:4547")
    measure = density(units.set_index("unit_id"), parks)
    assert measure.table["value"].to_dict() == pytest.approx({"W": 1.5, "E": 0.5})
    assert measure.total()[2] == pytest.approx(1.0)


def test_the_rule_of_the_how_to_is_a_rule() -> None:
    (rule,) = blocks(HOW_TO / "own-indicator.md", "toml")
    head = 'document = "d"\n[title]\nzh = "题"\nen = "title"\n'
    assert parse_profile("mine", head + rule).rules[0].target == (2.0,)


def test_the_example_of_the_how_to_compares_plans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = blocks(HOW_TO / "compare-plans.md", "python")
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "compare-plans.md", "exec", dont_inherit=True), {})
    assert "Empty DataFrame" in capsys.readouterr().out
    assert (tmp_path / "compared" / "compare.html").is_file()


def test_the_rules_of_the_how_to_are_held(tmp_path: Path) -> None:
    _, own, table, *_ = blocks(HOW_TO / "own-rules.md", "toml")
    for name, text, targets in (
        ("own", own, [(9.0,), (250.0,)]),
        ("table", table, [(8, 14), (6,)]),
    ):
        file = tmp_path / f"{name}.toml"
        file.write_text(text, "utf-8")
        assert rule_file_faults([str(file)]) == []
        rules = rulebook([str(file)])[name].rules
        assert [rule.target for rule in rules if rule.target in targets] == targets
