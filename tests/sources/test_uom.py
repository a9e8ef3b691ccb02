"""Columns in 亩, hectares, feet or 万人 are read in the canonical unit, and it is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.sources.conftest import Faults, Parcels, Reading

LAYER = '[layers.parcels]\nsource = "p.gpkg"\nconstants = {{ land_use = "0701" }}\n{}\n'


@pytest.mark.parametrize(
    ("field", "stated", "value", "area"),
    [
        ("用地面积(亩)", "", 15.0, 10_000.0),
        ("area_ha", "", 1.0, 10_000.0),
        ("YDMJ", "", 10_000.0, 10_000.0),
        ("YDMJ", 'units = { area = "mu" }', 15.0, 10_000.0),
        ("YDMJ", 'units = { area = "公顷" }', 1.0, 10_000.0),
        ("area_ha", 'units = { area = "m2" }', 10_000.0, 10_000.0),
    ],
)
def test_the_name_or_the_plan_tells_the_unit(
    field: str, stated: str, value: float, area: float,
    parcels: Parcels, read: Reading, tmp_path: Path,
) -> None:  # fmt: skip
    parcels(**{field: [value]}).to_file(tmp_path / "p.gpkg")
    plan = read(LAYER.format(f'fields = {{ area = "{field}" }}\n{stated}'))
    assert plan.layers["parcels"]["area"].tolist() == pytest.approx([area])
    notes = [f for f in plan.findings if "was converted from" in f.what.en]
    assert len(notes) == (value != area)


@pytest.mark.parametrize(
    ("field", "beside", "more", "said"),
    [
        ("YDMJ", ["ha", "ha"], "", [("YDMJ_uom", "ha", "ha")]),
        ("YDMJ", [None, "㎡"], "", [("YDMJ_uom", "㎡", "m2")]),
        ("YDMJ", ["ha", "m2"], "", []),
        ("YDMJ", ["furlong", "furlong"], "", []),
        ("YDMJ", ["ha", "ha"], 'units = { area = "mu" }', []),
        ("area_mu", ["ha", "ha"], "", []),
    ],
)
def test_what_a_field_beside_says_converts_nothing_yet(
    field: str, beside: list[str | None], more: str, said: list[tuple[str, str, str]],
    parcels: Parcels, read: Reading, tmp_path: Path,
) -> None:  # fmt: skip
    """The drawing decides first, where the plan is prepared."""
    columns = {field: [3.0, 3.0], f"{field}_uom": beside}
    parcels(**columns).to_file(tmp_path / "p.gpkg")
    plan = read(LAYER.format(f'fields = {{ area = "{field}" }}\n{more}'))
    found = [(s.field, s.text, s.uom.key) for s in plan.uoms["parcels"].values()]
    assert found == said
    converted = bool(more) or field != "YDMJ"
    factor = 10_000 / 15 if converted else 1.0
    assert plan.layers["parcels"]["area"].tolist() == pytest.approx([3 * factor] * 2)


def test_people_in_ten_thousands(parcels: Parcels, read: Reading, tmp_path: Path) -> None:
    parcels(**{"人口（万人）": [0.25]}).to_file(tmp_path / "p.gpkg")
    plan = read(LAYER.format('fields = { population = "人口（万人）" }'))
    assert plan.layers["parcels"]["population"].tolist() == [2500.0]
    assert [f.found_in("en") for f in plan.findings] == ["field '人口（万人）': × 10000"]


def test_units_that_cannot_be(faults: Faults) -> None:
    found = faults(LAYER.format('units = { area = "furlong", land_use = "m2", far_max = 3 }'))
    assert [f.what.en for f in found] == [
        "plan.toml: layers.parcels.units.area is not known",
        "plan.toml: layers.parcels.units.land_use is not known",
        "plan.toml: layers.parcels.units.far_max is not known",
    ]
    assert "mu, ha, km2" in found[0].expected.en
