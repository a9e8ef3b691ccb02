"""The catalogue as one object: whole, in both languages, and true of what indicators take."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from carbonspace import client
from carbonspace.catalogue import indicators
from carbonspace.model.layers import LAYERS
from carbonspace.model.rasters import RASTERS
from carbonspace.profiles import profile_keys
from carbonspace.version import __version__

KINDS = {"number", "integer", "flag", "text", "choice", "list", "either", "rows"}
PAGE = Path(__file__).parents[1] / "docs" / "reference" / "catalog-json.md"


@cache
def told() -> Any:
    """Return the object as a client reads it."""
    return json.loads(json.dumps(client.told(), ensure_ascii=False))


def parameters() -> list[tuple[str, Any]]:
    return [(one["key"], p) for one in told()["indicators"] for p in one["parameters"]]


def choices(facts: Any) -> list[Any]:
    return list(facts.get("choices") or told()["vocabularies"].get(facts.get("vocabulary"), []))


def test_it_is_whole() -> None:
    assert (told()["carbonspace"], told()["format"]) == (__version__, 1)
    assert [one["key"] for one in told()["profiles"]] == [*profile_keys()]
    assert [one["key"] for one in told()["layers"]] == [*LAYERS]
    assert [one["key"] for one in told()["rasters"]] == [*RASTERS]
    assert [one["key"] for one in told()["indicators"]] == [*indicators()]


def test_the_page_names_all_of_it() -> None:
    page = PAGE.read_text("utf-8")
    assert all(f"`{name}`" in page for name in told())
    assert all(f"`{kind}`" in page for kind in KINDS)
    assert all(f"`{name}`" in page for name in told()["indicators"][0])
    assert all(f"`{name}`" in page for name in told()["layers"][0]["columns"][0])


def test_everything_has_its_title_in_both_languages() -> None:
    titled = [*told()["themes"], *told()["profiles"], *told()["layers"], *told()["rasters"],
              *told()["indicators"], *told()["verdicts"]]  # fmt: skip
    titled += [one for layer in told()["layers"] for one in layer["columns"]]
    titled += [p for _, p in parameters()]
    assert all(one["title"]["zh"].strip() and one["title"]["en"].strip() for one in titled)


def test_choices_are_told_in_words() -> None:
    bare = {(p["name"], one["value"]) for _, p in parameters()
            for facts in (p, *p.get("columns", ())) for one in choices(facts)
            if one["title"]["zh"] == one["value"] or not one["title"]["en"]}  # fmt: skip
    assert {name for name, _ in bare} <= {"day", "grid_region"}  # dates, and names of regions
    columns = [c for layer in told()["layers"] for c in layer["columns"] for c in c["choices"]]
    assert columns
    assert all(one["title"]["zh"] != one["value"] for one in columns)


def test_kinds_are_those_that_are_described_and_fit_the_defaults() -> None:
    for key, one in parameters():
        assert one["kind"] in KINDS, (key, one["name"])
        default, known = one["default"], {c["value"] for c in choices(one)}
        if one["kind"] in ("number", "integer"):
            assert isinstance(default, (int, float))
            assert one["minimum"] is None or default >= one["minimum"]
        if one["kind"] == "flag":
            assert isinstance(default, bool)
        if one["kind"] == "choice":
            assert default in known
        if one["kind"] == "list":
            assert len(default) >= one["least"]
            assert not known or {*default} <= known
        if one["kind"] == "either":
            assert default in known or isinstance(default, (int, float))
        if one["kind"] == "rows":
            assert all(len(row) == len(one["columns"]) for row in default)


def test_what_a_variant_fixes_is_marked() -> None:
    for one in told()["indicators"]:
        fixed = {p["name"] for p in one["parameters"] if p["fixed"]}
        assert fixed == {*indicators()[one["key"]].fixed}


@pytest.mark.parametrize(("name", "kind", "facts"), [
    ("radius", "number", {"default": 500.0, "unit": "m", "minimum": 0, "maximum": None}),
    ("quad_segs", "integer", {"default": 64, "minimum": 1}),
    ("homes", "list", {"default": ["0701", "0703"], "vocabulary": "land_use", "least": 1}),
])  # fmt: skip
def test_the_parameters_of_one(name: str, kind: str, facts: dict[str, Any]) -> None:
    (park,) = [one for one in told()["indicators"] if one["key"] == "park_coverage"]
    (found,) = [one for one in park["parameters"] if one["name"] == name]
    assert found["kind"] == kind
    assert facts.items() <= found.items()


def test_columns_of_layers() -> None:
    (roads,) = [one for one in told()["layers"] if one["key"] == "roads"]
    assert (roads["geometry"], roads["id"]) == (["line"], "road_id")
    (held,) = [one for one in roads["columns"] if one["name"] == "road_class"]
    assert held["required"]
    assert held["choices"][0] == {"value": "expressway",
                                  "title": {"zh": "快速路", "en": "Expressway"}}  # fmt: skip


def test_titles_of_rows_are_those_of_their_columns() -> None:
    rows = {p["name"]: [c["title"]["en"] for c in p["columns"]] for _, p in parameters()
            if p["kind"] == "rows"}  # fmt: skip
    assert rows["layouts"] == ["roof type", "watts per m² of usable roof",
                               "mounting (rack, or flush with the roof)"]  # fmt: skip
    assert rows["tiers"] == ["smallest area", "radius"]
