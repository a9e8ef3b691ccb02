"""What was found out about shapes is remembered, and asked again of what is new alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon, box
from tests.prepare.same import assert_same_plan

from carbonspace.crew import Crew
from carbonspace.errors import InputError
from carbonspace.model.once import Once, Pairs, made_now
from carbonspace.model.plan import Plan, Settings
from carbonspace.model.policy import Policies, Policy
from carbonspace.model.text import Text
from carbonspace.past import mixing
from carbonspace.past.derived import Derived, places
from carbonspace.past.file import load, save
from carbonspace.past.mixing import told_apart
from carbonspace.past.remembered import Past
from carbonspace.prepare import prepare
from carbonspace.prepare.alternatives import alternatives
from carbonspace.prepare.geometry.tiling import meeting

CRS = "EPSG:4547"
X, Y = 500_000.0, 4_000_000.0
Edit = Callable[[Plan], Plan]


def square(x: float, y: float, side: float = 50.0) -> Polygon:
    """A square whose corner lies x m east and y m north of the town's."""
    return box(X + x, Y + y, X + x + side, Y + y + side)


def layer(name: str, shapes: list[shapely.Geometry], **columns: object) -> gpd.GeoDataFrame:
    """A layer with ids."""
    ids = [f"{name}{n}" for n in range(len(shapes))]
    return gpd.GeoDataFrame({f"{name}_id": ids, **columns}, geometry=shapes, crs=CRS)


def town(policy: Policies | None = None) -> Plan:
    """Four units, 64 parcels with faults of each kind, streets with loose ends, buildings."""
    parcels = [square(x * 50.0, y * 50.0) for x in range(8) for y in range(8)]
    parcels += [square(120, 120, 40), square(300, 300), square(180, 220, 45)]
    parcels += [Polygon([(X, Y + 450), (X + 40, Y + 490), (X + 40, Y + 450), (X, Y + 490)])]
    ends = [(0, 200, 400, 200), (200, 0, 200, 199.8), (100, 0, 100, 200.3), (0, 0, 400, 0),
            (0, 0, 0, 400), (400, 0, 400, 400), (0, 400, 400, 400)]  # fmt: skip
    streets = [LineString([(X + a, Y + b), (X + c, Y + d)]) for a, b, c, d in ends]
    buildings = [square(x * 50.0 + 10, y * 50.0 + 10, 20) for x in range(8) for y in range(8)]
    units = [square(0, 0, 200), square(200.3, 0, 200), box(X, Y + 199.7, X + 200, Y + 400),
             square(200, 200, 200)]  # fmt: skip
    stops = [Point(X + 10, Y + 10), Point(X + 10, Y + 10), Point(X + 90, Y + 10)]
    return Plan(
        Text("镇", "Town"),
        {
            "units": layer("unit", units),
            "parcels": layer("parcel", parcels),
            "roads": layer("road", streets, road_class="local"),
            "buildings": layer("building", buildings, floors=3),
            "transit_stops": layer("stop", stops, mode="bus"),
        },
        Settings(crs=CRS, blocks_from="roads", policy=policy or Policies()),
    )  # fmt: skip


def with_layer(plan: Plan, key: str, changed: gpd.GeoDataFrame) -> Plan:
    """The plan with one layer changed."""
    return replace(plan, layers={**plan.layers, key: changed})


def reshaped(key: str, place: int, shape: shapely.Geometry) -> Edit:
    """Give one feature another shape."""

    def edit(plan: Plan) -> Plan:
        given = plan.layers[key].copy()
        shapes = given.geometry.to_numpy().copy()
        shapes[place] = shape
        return with_layer(plan, key, given.set_geometry(gpd.GeoSeries(shapes, crs=CRS)))

    return edit


def taken(key: str, rows: Callable[[int], list[int]]) -> Edit:
    """Take features of a layer, in an order; one that is taken again has another id."""

    def edit(plan: Plan) -> Plan:
        given = plan.layers[key]
        found = given.iloc[rows(len(given))].reset_index(drop=True)
        name = given.columns[0]
        again = found[name].duplicated()
        found.loc[again, name] = [f"again{n} of {len(found)}" for n in range(int(again.sum()))]
        return with_layer(plan, key, found)

    return edit


def without(key: str, place: int) -> Edit:
    """Delete one feature."""
    return taken(key, lambda count: [n for n in range(count) if n != place])


EDITS: dict[str, Edit] = {
    "nothing": lambda plan: plan,
    "moved": reshaped("parcels", 20, square(450, 0)),
    "moved, first and last in order": reshaped("parcels", 0, square(500, 300)),
    "shrunk": reshaped("parcels", 27, square(160, 160, 20)),
    "made overlapping": reshaped("parcels", 9, square(60, 60)),
    "made invalid": reshaped(
        "parcels", 9, Polygon([(X, Y), (X + 50, Y + 50), (X + 50, Y), (X, Y + 50)])
    ),
    "across units": reshaped("parcels", 30, square(190, 190, 30)),
    "just beyond its unit": reshaped("parcels", 24, square(150.2, 0)),
    "the same as another": reshaped("parcels", 40, square(0, 0)),
    "the same, drawn from another corner": reshaped(
        "parcels", 40, shapely.from_wkt(shapely.normalize(square(0, 0)).wkt)
    ),
    "a sliver": reshaped("parcels", 12, box(X + 450, Y, X + 500, Y + 0.05)),
    "deleted": without("parcels", 64),
    "deleted, what was mended": without("parcels", 67),
    "duplicated": taken("parcels", lambda count: [*range(count), 64]),
    "a crowd": taken("parcels", lambda count: [*range(count), *[64] * 30]),
    "another order": taken("parcels", lambda count: [*range(count)][::-1]),
    "a building moved": reshaped("buildings", 3, square(5, 5)),
    "a road moved": reshaped(
        "roads", 1, LineString([(X + 210, Y), (X + 210, Y + 199.9)])
    ),
    "a road deleted that others end at": without("roads", 0),
    "a road turned round": reshaped(
        "roads", 1, LineString([(X + 200, Y + 199.8), (X + 200, Y)])
    ),
    "a unit moved": reshaped("units", 1, square(200.6, 0, 200)),
    "a unit over another": reshaped("units", 1, square(190, 0, 200)),
    "units in another order": taken("units", lambda count: [2, 0, 3, 1]),
    "a unit in two parts": reshaped(
        "units", 3, shapely.union(square(200, 200, 100), square(320, 320, 60))
    ),
    "a unit with a hole": reshaped(
        "units", 3, square(200, 200, 200).difference(square(250, 250, 20))
    ),
    "another stop at one place": reshaped("transit_stops", 2, Point(X + 10, Y + 10)),
}  # fmt: skip
POLICIES = {
    "as it is by default": {},
    "repaired": {("", fault): Policy("repair", tolerance) for fault, tolerance in (
        ("duplicates", None), ("slivers", 0.1), ("overlaps", 0.01), ("gaps", 1.0),
        ("near_misses", 0.5), ("dangles", 0.5), ("across_units", 0.5))},
    "another tolerance": {("", "near_misses"): Policy("keep", 0.1),
                          ("", "overlaps"): Policy("keep", 30.0)},
}  # fmt: skip


def all_prepared(plan: Plan, once: Once) -> Iterator[Plan]:
    """The plan prepared, and with each fault treated the other way."""
    prepared = prepare(plan, once=once, crew=Crew(1))
    yield prepared
    yield from (other.plan for other in alternatives(plan, prepared, once=once))


def known_after(plans: list[Plan], file: Path) -> Derived:
    """Whom one may ask after nights over plans, from the file of the last one."""
    past = Past()
    for plan in plans:
        once = Derived(past.derived, "x")
        prepare(plan, once=once)
        save(Past(derived=once.asked), file)
        past = load(file) or pytest.fail("the file cannot be read")
    return Derived(past.derived, "x")


def held_against_none(plan: Plan, once: Once) -> None:
    """Hold a plan prepared by somebody who knows against what is found out now."""
    mine, theirs = [*all_prepared(plan, once)], [*all_prepared(plan, made_now)]
    assert len(mine) == len(theirs)
    for one, other in zip(mine, theirs, strict=True):
        assert_same_plan(one, other)


@pytest.mark.parametrize("policy", ["as it is by default", "repaired"])
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_comes_to_the_same_as_without_a_memory(
    edit: str, policy: str, tmp_path: Path
) -> None:
    plan = town(Policies(POLICIES[policy]))
    edited, once = EDITS[edit](plan), known_after([plan], tmp_path / "past.zip")
    assert_same_plan(prepare(edited, once=once), prepare(edited, once=made_now))
    if not POLICIES[policy]:
        held_against_none(edited, once)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_that_is_undone_and_another_one(edit: str, tmp_path: Path) -> None:
    plan, again = town(), EDITS["a crowd"]
    once = known_after([plan, again(plan), EDITS[edit](again(plan))], tmp_path / "past.zip")
    edited = EDITS[edit](plan)
    assert_same_plan(prepare(edited, once=once), prepare(edited, once=made_now))


def test_other_policies_than_last_night(tmp_path: Path) -> None:
    once = known_after([town(Policies(one)) for one in POLICIES.values()], tmp_path / "past.zip")
    held_against_none(town(), once)


def test_a_town_has_what_is_looked_for() -> None:
    told = {(one.fault, one.layer) for one in prepare(town()).repairs}
    assert {fault for fault, _ in told} == {
        "invalid", "duplicates", "overlaps", "gaps", "near_misses", "dangles", "across_units"
    }  # fmt: skip


def test_what_is_refused_is_refused_with_a_memory(tmp_path: Path) -> None:
    plan = town(Policies({("", "invalid"): Policy("refuse")}))
    once = known_after([town()], tmp_path / "past.zip")
    with pytest.raises(InputError) as told:
        prepare(plan, once=once)
    with pytest.raises(InputError) as without_memory:
        prepare(plan, once=made_now)
    assert str(told.value) == str(without_memory.value)


def test_only_what_is_new_is_asked() -> None:
    shapes = np.array([square(n * 50.0, 0, 60) for n in range(100)])
    asked: list[int] = []

    def is_large(some: np.ndarray) -> np.ndarray:
        asked.append(len(some))
        return np.asarray(shapely.area(some) > 3600.5)

    once = Derived(None, "x")
    assert once.chosen("large", shapes, is_large).tolist() == []
    changed = shapes.copy()
    changed[70] = square(3500, 0, 70)
    again = Derived(once.asked, "x")
    assert again.chosen("large", changed, is_large).tolist() == [70]
    last = Derived(again.asked, "x")
    assert last.chosen("large", changed[::-1], is_large).tolist() == [29]
    assert Derived(again.asked, "y").chosen("large", changed, is_large).tolist() == [70]
    assert asked == [100, 1, 0, 100]


def test_only_pairs_with_what_is_new_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    given = prepare(town()).layers["parcels"]
    asked: list[int] = []
    relate = shapely.relate_pattern

    def counted(one: np.ndarray, other: np.ndarray, pattern: str) -> np.ndarray:
        asked.append(len(one))
        return np.asarray(relate(one, other, pattern))

    monkeypatch.setattr(shapely, "relate_pattern", counted)
    once = Derived(None, "x")
    everything = meeting("parcels", given, once)
    again = meeting("parcels", given, Derived(once.asked, "x"))
    assert [*map(list, again)] == [*map(list, everything)]
    assert len(everything.first) > 5
    # Of two parcels at one place all pairs are looked for again: each has nine or so.
    assert asked[1] < 0.15 * asked[0]


def test_pairs_that_were_turned_round_are_looked_for_again() -> None:
    shapes = np.array([square(n * 50.0, 0, 60) for n in range(10)])
    asked: list[int] = []

    def find(new: np.ndarray) -> Pairs:
        asked.append(int(new.sum()))
        first = np.flatnonzero(new)[:-1]
        return Pairs(first, first + 1, first.astype(float))

    firm = np.ones(10, dtype=bool)
    once = Derived(None, "x")
    once.pairs("side by side", shapes, firm, find)
    Derived(once.asked, "x").pairs("side by side", shapes[::-1], firm, find)
    assert asked == [10, 10]


def test_places_of_digests() -> None:
    among = np.array([[n, n * n] for n in range(50)], dtype=np.uint64)
    order = np.array([0, 1, 2, 40, 3, 4, 47, 6, 7, 5, 48, 49])
    assert places(among[order], among).tolist() == order.tolist()
    other = among[order] + np.array([0, 1], dtype=np.uint64)
    assert (places(other, among) == -1).all()
    assert places(among[:0], among).tolist() == []
    assert (places(among, among[:0]) == -1).all()


SHAPES = np.array([
    None, Point(1, 2), Point(2, 1), Point(1, 2, 3), Point(), LineString([(1, 2), (3, 4)]),
    LineString([(3, 4), (1, 2)]), LineString([(1, 2), (3, 4), (5, 6)]), Polygon(), box(0, 0, 1, 1),
    Polygon([(0, 0), (0, 1), (1, 1), (1, 0)]), box(0, 0, 1, np.nextafter(1, 2)), box(-0.0, 0, 1, 1),
    shapely.MultiPoint([(1, 2)]), shapely.MultiPolygon([box(0, 0, 1, 1)]),
    box(0, 0, 9, 9).difference(box(1, 1, 2, 2)), box(0, 0, 9, 9).difference(box(1, 1, 2, 3)),
    shapely.LinearRing([(0, 0), (0, 1), (1, 1)]), LineString([(0, 0), (0, 1), (1, 1), (0, 0)]),
    shapely.GeometryCollection([Point(1, 2)]),
], dtype=object)  # fmt: skip


def test_shapes_are_told_apart() -> None:
    found = told_apart(SHAPES)
    assert len(np.unique(found, axis=0)) == len(SHAPES)
    assert (told_apart(SHAPES.copy()) == found).all()
    assert (told_apart(SHAPES[::-1]) == found[::-1]).all()


def test_shapes_are_told_apart_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    found = told_apart(SHAPES)
    monkeypatch.setattr(mixing, "AT_ONCE", 3)
    assert (told_apart(SHAPES) == found).all()
    assert told_apart(SHAPES[:0]).shape == (0, 2)
