"""What changed and why, on a plan where it can be told in the head."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from tests.comparison.plans import box, layer, line, small, with_layer, with_values, without

from carbonspace import Comparison, Plan, compare, evaluate
from carbonspace.errors import ComparisonError, UnknownNameError
from carbonspace.model.text import Text


def shares(found: Comparison, indicator: str, unit: str) -> dict[Any, Any]:
    """Return what each source adds alone and last, by its feature, layer or kind."""
    rows = found.shares[
        (found.shares["indicator"] == indicator) & (found.shares["unit_id"] == unit)
    ]
    names = [next(x for x in (r.feature, r.layer, r.source) if pd.notna(x))
             for r in rows.itertuples()]  # fmt: skip
    return {name: (r.alone, r.last) for name, r in zip(names, rows.itertuples(), strict=True)}


def change(found: Comparison, indicator: str, unit: str) -> float:
    rows = found.figures.set_index(["indicator", "unit_id"])
    return float(rows.loc[(indicator, unit), "change"])


def test_a_plan_is_like_itself() -> None:
    found = compare(small(), small())
    assert set(found.figures["kind"]) == {"same"}
    assert found.figures["unit_id"].nunique() == 3
    for nothing in (found.edits, found.terms, found.units, found.verdicts, found.shares):
        assert nothing.empty
    assert found.account.runs == 0


def test_a_road_moved_out_is_the_whole_change() -> None:
    """r2 has 500 m in the east; 200 m further east it has 300 m in it: −0.2 km/km²."""
    moved = with_values(small(), "roads", "r2", geometry=line((1700, 300), (2200, 300)))
    found = compare(small(), moved)
    (edit,) = found.edits.to_dict("records")
    assert (edit["layer"], edit["feature"], edit["edit"]) == ("roads", "r2", "reshaped")
    assert edit["moved_m"] == pytest.approx(200.0)
    assert edit["amount_after"] == pytest.approx(500.0)
    assert change(found, "road_density", "E") == pytest.approx(-0.2)
    assert shares(found, "road_density", "E") == {"r2": (pytest.approx(-0.2), pytest.approx(-0.2))}
    assert shares(found, "road_density", "city") == {
        "r2": (pytest.approx(-0.1), pytest.approx(-0.1))
    }
    kept = found.figures.query("unit_id == 'W' or indicator != 'road_density'")
    assert set(kept["kind"]) == {"same"}
    assert found.account.runs == 0, "one edit within reach needs no measuring again"


def test_edits_whose_effects_add_up() -> None:
    """r1 loses 400 m, a new road brings 300 m: −0.4 and +0.3 km/km², nothing together."""
    rows = with_values(small(), "roads", "r1", geometry=line((1000, 100), (1600, 100)))
    new = layer([line((1100, 800), (1400, 800))], road_id=["r3"], road_class=["local"])
    other = with_layer(rows, "roads", pd.concat([rows.layers["roads"], new], ignore_index=True))
    found = compare(small(), other)
    assert shares(found, "road_density", "E") == {
        "r1": (pytest.approx(-0.4), pytest.approx(-0.4)),
        "r3": (pytest.approx(0.3), pytest.approx(0.3)),
    }
    by_layer = compare(small(), other, attribute="layers")
    assert shares(by_layer, "road_density", "E") == {
        "roads": (pytest.approx(-0.1), pytest.approx(-0.1))
    }
    assert compare(small(), other, attribute="none").shares.empty


def test_edits_that_matter_only_together() -> None:
    """Both parks reach h1, of two homes: 50 %. Either alone may go; without both it is 0 %."""
    far = layer([box(900, 900, 30, 30)], park_id=["P3"])
    found = compare(small(), with_layer(small(), "parks", far))
    assert change(found, "park_coverage", "W") == pytest.approx(-50.0)
    assert shares(found, "park_coverage", "W") == {
        "P1": (pytest.approx(0.0, abs=1e-9), pytest.approx(-50.0)),
        "P2": (pytest.approx(0.0, abs=1e-9), pytest.approx(-50.0)),
        "together": (pytest.approx(-50.0), pytest.approx(50.0)),
    }
    rows = found.shares.query("indicator == 'park_coverage' and unit_id == 'W'")
    assert rows[["alone", "last"]].sum().tolist() == pytest.approx([-50.0, -50.0])


def test_a_building_raised_and_a_parcel_recoded() -> None:
    """Homes on homes 300 of 400 m², then of 700 m²; of two homes one was near a park, then all."""
    raised = with_values(small(), "buildings", "b2", floors=4.0)
    other = with_values(raised, "parcels", "h2", land_use="0901")
    found = compare(small(), other)
    edits = found.edits.set_index("feature")
    assert edits.loc["b2", "changes"] == (("floors", 1.0, 4.0),)
    assert edits.loc["h2", "changes"] == (("land_use", "0701", "0901"),)
    lost = pytest.approx(100 * (300 / 700 - 300 / 400))
    assert shares(found, "main_use_floor_share", "W") == {"b2": (lost, lost)}
    won = pytest.approx(50.0)
    assert shares(found, "park_coverage", "W") == {"h2": (won, won)}


def test_other_parameters_are_told_first_and_take_their_share() -> None:
    """h1 is in reach of 150 m, not of 10 m; without P1 and within 150 m it still is."""
    one = small()
    other = replace(without(one, "parks", "P1"),
                    parameters={"park_coverage": {"radius": 10.0, "min_area": 0.0}})  # fmt: skip
    found = compare(one, other)
    (term,) = found.terms.to_dict("records")
    assert (term["about"], term["before"], term["after"]) == ("parameter", "150.0", "10.0")
    assert shares(found, "park_coverage", "W") == {
        "terms": (pytest.approx(-50.0), pytest.approx(-50.0))
    }


def test_units_that_appear_vanish_or_are_renumbered() -> None:
    one = small()
    renamed = with_layer(one, "units", one.layers["units"].assign(unit_id=["W", "EAST"]))
    found = compare(one, renamed)
    assert found.units.to_dict("records") == [
        {"unit_id": "E", "unit_id_after": "EAST", "what": "renumbered"}
    ]
    assert found.edits.empty
    assert set(found.figures["kind"]) == {"same"}
    wider = layer([box(0, 1000, 1000, 1000)], unit_id=["N"], name=["北"])
    more = with_layer(one, "units", pd.concat([one.layers["units"], wider], ignore_index=True))
    found = compare(one, more)
    assert found.units["what"].tolist() == ["appeared"]
    assert found.edits["edit"].tolist() == ["inserted"]
    assert set(found.figures["unit_id"]) == {"W", "E", "city"}


def test_a_layer_that_only_one_plan_has_is_told() -> None:
    one = small()
    fewer = replace(one, layers={k: v for k, v in one.layers.items() if k != "parks"})
    found = compare(one, fewer)
    assert found.terms["about"].tolist() == ["layer"]
    rows = found.figures.query("indicator == 'park_coverage' and unit_id == 'W'")
    assert rows["kind"].tolist() == ["vanished"]
    assert "parks" in rows["reason_after"].iloc[0]
    assert found.edits["edit"].tolist() == ["deleted", "deleted"]
    assert found.account.examined == 0
    assert compare(one, without(one, "roads", "r2")).account.examined == 1


def test_nothing_in_common_is_an_error() -> None:
    one = small()
    far = layer([box(0, 0, 2000, 900)], unit_id=["Z"], name=["远"])
    with pytest.raises(ComparisonError, match=r"no unit in common.*W, E.*Z") as caught:
        compare(one, with_layer(one, "units", far), indicators=["road_density"])
    assert "没有共同的规划单元" in caught.value.zh


def test_a_unit_that_one_plan_lacks_is_named_with_the_plan() -> None:
    one = small()
    renamed = with_layer(one, "units", one.layers["units"].assign(unit_id=["W", "EAST"]))
    other = replace(renamed, name=Text("后", "Later"))
    with pytest.raises(UnknownNameError, match=r"后: the plan has no unit E"):
        compare(one, other, units=["E"])
    assert set(compare(one, other, units=["W"]).figures["unit_id"]) == {"W"}


def test_other_crs_is_told_and_nothing_attributed() -> None:
    one = small()
    other = replace(with_values(one, "buildings", "b2", floors=4.0),
                    settings=replace(one.settings, crs="EPSG:4546"))  # fmt: skip
    found = compare(one, other)
    assert found.terms["about"].tolist() == ["crs"]
    assert found.edits["edit"].tolist() == ["recoded"]
    assert found.shares.empty
    assert "CRS" in found.account.reason.en


def test_what_was_derived_is_not_called_drawn() -> None:
    """Residents of units are shared out: of a home that grew the other has fewer."""
    one = small()
    one = with_layer(one, "units", one.layers["units"].assign(population=[100.0, 50.0]))
    bare = replace(one, layers={k: v for k, v in one.layers.items() if k != "buildings"})
    other = with_values(bare, "parcels", "h2", geometry=box(100, 800, 100, 300 - 100))
    found = compare(bare, other, indicators=["road_density"])
    rows = found.edits.set_index("feature")
    assert rows.loc["h1", "columns"] == ("population",)
    assert rows.loc["h1", "follows"]
    assert not rows.loc["h2", "follows"]


def test_assessments_are_compared_as_they_are() -> None:
    one, other = evaluate(small()), evaluate(without(small(), "roads", "r2"))
    found = compare(one, other)
    assert change(found, "road_density", "E") == pytest.approx(-0.5)
    assert found.first.name == Text("小镇", "Town")
    assert isinstance(found.first.plan, Plan)
