"""Faults of geometry on squares of 100 m: found, told, and refused, repaired or kept as asked."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.model.plan import Plan, Settings
from carbonspace.model.policy import FAULTS, Choice, FaultKind, Policies, Policy
from carbonspace.model.repair import Repair, repairs_table
from carbonspace.model.text import Text
from carbonspace.prepare import prepare
from carbonspace.prepare.geometry import sound_apart, sound_shapes, sound_together

CRS = "EPSG:4547"
SIDE = 100.0
Layers = dict[str, gpd.GeoDataFrame]


def frame(key: str, shapes: list[shapely.Geometry], **columns: object) -> gpd.GeoDataFrame:
    names = [f"{key}{n}" for n in range(len(shapes))]
    return gpd.GeoDataFrame(columns, geometry=shapes, index=names, crs=CRS)


def square(east: float, north: float = 0.0, side: float = SIDE) -> Polygon:
    return box(east, north, east + side, north + side)


def choosing(fault: str, choice: Choice, tolerance: float | None = None) -> Policies:
    limit = FAULTS[fault].tolerance if tolerance is None else tolerance
    return Policies({("", fault): Policy(choice, limit)})


def apart(
    key: str, layer: gpd.GeoDataFrame, policies: Policies | None = None
) -> tuple[gpd.GeoDataFrame, list[Finding], list[Repair]]:
    layers, findings, repairs = sound_apart({key: layer}, policies or Policies())
    return layers[key], findings, repairs


def told(findings: list[Finding]) -> list[tuple[str, str | None, str]]:
    return [(f.severity, f.feature, f.what.en) for f in findings]


class TestShapes:
    BOW = Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])

    def test_a_bow_tie_is_made_valid_and_accounted_for(self) -> None:
        layer = frame("p", [self.BOW, square(200)])
        sound, findings, repairs = sound_shapes("parcels", layer, Policies())
        assert sound.area.tolist() == [5000, 10_000]
        assert told(findings) == [("warning", "p0", "The geometry is invalid")]
        assert repairs == [Repair("invalid", "parcels", "repair", None, 1, "m²", 10_000, 15_000)]

    def test_a_bow_tie_is_refused_where_asked(self) -> None:
        layer = frame("p", [self.BOW])
        _, findings, repairs = sound_shapes("parcels", layer, choosing("invalid", "refuse"))
        assert told(findings) == [("error", "p0", "The geometry is invalid")]
        assert repairs == []

    def test_heights_and_measures_are_dropped_in_one_note(self) -> None:
        high = shapely.from_wkt(["POINT ZM (1 2 3 4)", "POINT M (1 2 3)", "POINT (5 6)"])
        layer = frame("s", list(high))
        sound, findings, _ = sound_shapes("transit_stops", layer, Policies())
        assert sound.geometry.to_wkt().tolist() == ["POINT (1 2)", "POINT (1 2)", "POINT (5 6)"]
        (note,) = findings
        assert (note.severity, note.found_in("en")) == ("note", "2 features")

    def test_nothing_is_left_out_and_counted(self) -> None:
        layer = frame("s", [Point(0, 0), None, Point()])
        sound, findings, repairs = sound_shapes("transit_stops", layer, Policies())
        assert list(sound.index) == ["s0"]
        assert [f.feature for f in findings] == ["s1", "s2"]
        assert (repairs[0].before, repairs[0].after, repairs[0].unit) == (3, 1, "feature")

    def test_a_wrong_kind_is_refused_by_default(self) -> None:
        layer = frame("p", [square(0), LineString([(0, 0), (1, 1)])])
        _, findings, _ = sound_shapes("parcels", layer, Policies())
        assert told(findings) == [("error", "p1", "The geometry is of the wrong kind")]
        assert findings[0].found_in("zh") == "线"

    def test_closed_lines_become_polygons_and_collections_are_split(self) -> None:
        outline = LineString([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)])
        mixed = shapely.geometrycollections([square(200), Point(0, 0)])
        stray = LineString([(0, 0), (1, 1)])
        layer = frame("p", [outline, mixed, stray])
        policies = choosing("mixed_types", "repair")
        sound, findings, _ = sound_shapes("parcels", layer, policies)
        assert sound.area.to_dict() == {"p0": 10_000, "p1": 10_000}
        assert len(findings) == 3
        assert {f.severity for f in findings} == {"warning"}

    def test_several_points_are_points(self) -> None:
        layer = frame("s", [MultiPoint([(0, 0), (1, 1)])])
        assert sound_shapes("transit_stops", layer, Policies()).findings == []


class TestDuplicates:
    LAYER = frame("p", [square(0), shapely.reverse(square(0)), square(200)])

    def test_kept_and_said(self) -> None:
        layer, findings, repairs = apart("parcels", self.LAYER)
        assert len(layer) == 3
        assert ("warning", "p1", "The feature is drawn twice") in told(findings)
        assert findings[0].found_in("en") == "the same shape as p0"
        assert repairs[0].before == repairs[0].after == 30_000

    def test_removed_where_asked(self) -> None:
        layer, findings, repairs = apart("parcels", self.LAYER, choosing("duplicates", "repair"))
        assert list(layer.index) == ["p0", "p2"]
        assert len(findings) == 1
        assert (repairs[0].before, repairs[0].after) == (30_000, 20_000)

    def test_points_that_differ_in_a_column_are_two(self) -> None:
        layer = frame("s", [Point(0, 0)] * 3, name=["A", "B", "A"])
        _, findings, _ = apart("transit_stops", layer)
        assert [f.feature for f in findings] == ["s2"]


class TestSlivers:
    LAYER = frame("p", [square(0), box(100, 0, 100.05, 100), square(300)],
                  population=[10.0, 2.0, 5.0])  # fmt: skip

    def test_kept_and_said(self) -> None:
        layer, findings, _ = apart("parcels", self.LAYER)
        assert len(layer) == 3
        assert told(findings) == [("warning", "p1", "The polygon is a sliver")]
        assert findings[0].found_in("en").endswith("5.00 m²")

    def test_merged_with_its_people(self) -> None:
        layer, _, repairs = apart("parcels", self.LAYER, choosing("slivers", "repair"))
        assert layer.area.to_dict() == pytest.approx({"p0": 10_005, "p2": 10_000})
        assert layer["population"].tolist() == [12, 5]
        assert repairs[0].after == pytest.approx(repairs[0].before)

    def test_one_without_neighbours_stays(self) -> None:
        alone = frame("p", [box(0, 0, 0.05, 100), square(300)])
        layer, _, _ = apart("parcels", alone, choosing("slivers", "repair"))
        assert list(layer.index) == ["p0", "p1"]


class TestOverlaps:
    LAYER = frame("u", [box(0, 0, 200, 100), square(190)])

    def test_kept_and_said(self) -> None:
        layer, findings, _ = apart("units", self.LAYER)
        assert layer.area.sum() == 30_000
        (one,) = findings
        assert (one.feature, one.found_in("en")) == ("u0 + u1", "1,000.00 m²")
        assert one.where == (195, 50)

    def test_the_smaller_one_keeps_the_ground(self) -> None:
        layer, _, repairs = apart("units", self.LAYER, choosing("overlaps", "repair"))
        assert layer.area.tolist() == [19_000, 10_000]
        assert (repairs[0].before, repairs[0].after) == (30_000, 29_000)

    def test_rounding_is_one_note_and_no_overlap(self) -> None:
        layer = frame("u", [square(0), square(100 - 1e-6), square(200 - 2e-6)])
        same, findings, repairs = apart("units", layer, choosing("overlaps", "repair"))
        assert told(findings) == [("note", None, "Shared borders differ by rounding")]
        assert findings[0].found_in("en") == "2 pairs, 0.0002 m² in all"
        assert repairs == []
        assert same is layer

    def test_parks_may_overlap(self) -> None:
        assert apart("parks", frame("g", [square(0), square(50)]))[1:] == ([], [])


class TestGaps:
    SLIT = frame("u", [square(0), box(100.4, 0, 200, 100)])
    RING = frame("u", [
        box(0, 0, 100, 300), box(100, 0, 200, 100), box(100, 200, 200, 300), box(200, 0, 300, 300),
    ])  # fmt: skip

    def test_a_slit_is_found(self) -> None:
        _, findings, _ = apart("units", self.SLIT)
        assert told(findings) == [("warning", None, "There is a gap between units")]
        assert findings[0].found_in("en") == "40.00 m², narrower than the tolerance"

    def test_a_slit_is_closed_where_asked(self) -> None:
        layer, _, repairs = apart("units", self.SLIT, choosing("gaps", "repair"))
        assert layer.union_all().area == pytest.approx(20_000)
        assert repairs[0].after - repairs[0].before == pytest.approx(40)

    def test_a_hole_among_units_is_found_and_never_filled(self) -> None:
        layer, findings, repairs = apart("units", self.RING, choosing("gaps", "repair"))
        assert findings[0].found_in("en") == "10,000.00 m², wider than the tolerance"
        assert findings[0].where == (150, 150)
        assert layer.area.sum() == repairs[0].after == 80_000

    def test_a_courtyard_is_no_gap(self) -> None:
        yard = Polygon(box(0, 0, 300, 300).exterior, [square(100).exterior])
        assert apart("units", frame("u", [yard, square(300)]))[1] == []

    def test_a_wide_street_is_no_gap(self) -> None:
        assert apart("units", frame("u", [square(0), square(120)]))[1] == []


class TestEnds:
    STREET = LineString([(0, 0), (100, 0)])

    def roads(self, end: float) -> gpd.GeoDataFrame:
        return frame("r", [self.STREET, LineString([(50, 80), (50, end)])])

    def test_an_end_just_short_is_found(self) -> None:
        _, findings, _ = apart("roads", self.roads(0.3))
        assert told(findings) == [("warning", "r1", "A line ends just short of another")]
        assert findings[0].found_in("en") == "0.30 m from r0"
        assert findings[0].where == (50, 0.3)

    def test_it_is_joined_where_asked(self) -> None:
        layer, _, repairs = apart("roads", self.roads(0.3), choosing("near_misses", "repair"))
        assert layer.geometry["r1"].equals(LineString([(50, 80), (50, 0)]))
        assert repairs[0].unit == "m"
        assert (repairs[0].before, repairs[0].after) == pytest.approx((179.7, 180))

    def test_an_end_just_beyond_is_found_and_cut(self) -> None:
        _, findings, _ = apart("roads", self.roads(-0.3))
        assert told(findings) == [("warning", "r1", "A line ends just beyond another")]
        layer, _, repairs = apart("roads", self.roads(-0.3), choosing("dangles", "repair"))
        assert layer.geometry["r1"].equals(LineString([(50, 80), (50, 0)]))
        assert repairs[0].after == 180

    @pytest.mark.parametrize("end", [0.0, 5e-4, 0.6, 20.0, -0.6])
    def test_a_junction_and_a_street_that_ends_are_sound(self, end: float) -> None:
        assert apart("roads", self.roads(end))[1] == []

    def test_two_ends_that_face_each_other_meet(self) -> None:
        layer = frame("r", [self.STREET, LineString([(100.4, 0), (200, 0)])])
        joined, findings, _ = apart("roads", layer, choosing("near_misses", "repair"))
        assert [f.feature for f in findings] == ["r0", "r1"]
        assert joined.length.tolist() == pytest.approx([100.4, 99.6])


class TestTogether:
    UNITS = frame("u", [square(0), square(100)])

    def looked(
        self, parcels: gpd.GeoDataFrame, policies: Policies | None = None, **more: gpd.GeoDataFrame
    ) -> tuple[Layers, list[Finding], list[Repair]]:
        layers = {"units": self.UNITS, "parcels": parcels, **more}
        return sound_together(layers, policies or Policies())

    def test_a_narrow_overhang_is_a_fault(self) -> None:
        parcels = frame("p", [box(0, 0, 100.2, 100), box(100.2, 0, 200, 100)])
        _, findings, _ = self.looked(parcels)
        assert told(findings) == [("warning", "p0", "A parcel reaches just beyond its unit")]
        assert findings[0].found_in("en") == "20.00 m² in u1"

    def test_it_is_trimmed_where_asked(self) -> None:
        parcels = frame("p", [box(0, 0, 100.2, 100), box(100.2, 0, 200, 100)])
        layers, _, repairs = self.looked(parcels, choosing("across_units", "repair"))
        assert layers["parcels"].area.tolist() == pytest.approx([10_000, 9980])
        assert repairs[0].before - repairs[0].after == pytest.approx(20)

    def test_a_parcel_in_two_units_is_a_note_and_stays(self) -> None:
        parcels = frame("p", [box(50, 0, 140, 100)])
        layers, findings, repairs = self.looked(parcels, choosing("across_units", "repair"))
        assert told(findings) == [("note", None, "Parcels lie in several units")]
        assert findings[0].found_in("en").startswith("1 parcels, 4,000.00 m²")
        assert layers["parcels"].area.tolist() == [9000]
        assert repairs == []

    def test_outlines_are_no_roads(self) -> None:
        parcels = frame("p", [square(0), square(100)])
        roads = frame("r", [one.exterior for one in parcels.geometry])
        _, findings, _ = self.looked(parcels, roads=roads)
        (fault,) = findings
        assert (fault.severity, fault.layer) == ("error", "roads")
        assert fault.found_in("en") == "2 of 2 lines are outlines of parcels"

    def test_streets_around_parcels_are_roads(self) -> None:
        parcels = frame("p", [square(0), square(100)])
        corners = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
        streets = [LineString(pair) for pair in pairwise(corners)]
        roundabout = Point(300, 300).buffer(20).exterior
        roads = frame("r", [*streets, roundabout])
        assert self.looked(parcels, roads=roads)[1] == []


class TestPolicies:
    def test_the_layers_own_comes_first(self) -> None:
        policies = Policies({
            ("", "overlaps"): Policy("repair", 1.0), ("parcels", "overlaps"): Policy("refuse", 2.0),
        })  # fmt: skip
        assert policies.of("overlaps", "parcels") == ("refuse", 2.0)
        assert policies.of("overlaps", "units") == ("repair", 1.0)
        assert policies.of("gaps", "units") == ("keep", 1.0)

    def test_one_choice_can_be_made_for_every_layer(self) -> None:
        policies = Policies({
            ("units", "overlaps"): Policy("repair", 2.0), ("", "gaps"): Policy("refuse", 3.0),
        }).with_choice("overlaps", "keep")  # fmt: skip
        assert policies.of("overlaps", "parcels") == ("keep", FAULTS["overlaps"].tolerance)
        assert policies.of("overlaps", "units") == ("keep", 2.0)
        assert policies.of("gaps", "units") == ("refuse", 3.0)

    @pytest.mark.parametrize("kind", FAULTS.values(), ids=list(FAULTS))
    def test_every_fault_is_told_in_both_languages(self, kind: FaultKind) -> None:
        texts = [kind.title, kind.expected, *kind.does.values()]
        assert all(text.zh and text.en for text in texts)
        assert {kind.default, "refuse"} <= set(kind.does)
        assert (kind.tolerance is None) == (kind.unit == "")

    def test_defaults_change_no_sound_geometry(self) -> None:
        changing = {"heights", "unclosed", "curves", "empty", "invalid"}
        assert {k for k, one in FAULTS.items() if one.default == "repair"} == changing


class TestPlans:
    def plan(self, policies: Policies, **layers: gpd.GeoDataFrame) -> Plan:
        named = {key: layer.reset_index(names=_ID[key]) for key, layer in layers.items()}
        return Plan(Text("试", "Trial"), named, Settings(policy=policies))

    def test_a_refusal_names_every_place(self) -> None:
        overlapping = frame("u", [square(0), square(90), square(180)])
        with pytest.raises(InputError) as caught:
            prepare(self.plan(choosing("overlaps", "refuse"), units=overlapping))
        errors = [f for f in caught.value.findings if f.severity == "error"]
        assert [f.feature for f in errors] == ["u0 + u1", "u1 + u2"]

    def test_units_are_dissolved_from_repaired_parcels(self) -> None:
        parcels = frame("p", [square(0), box(100.4, 0, 200, 100)],
                        unit_id=["A", "B"], land_use=["0701", "0702"])  # fmt: skip
        policies = choosing("gaps", "repair")
        trial = self.plan(policies, parcels=parcels)
        settings = Settings(units_from="parcels", policy=policies)
        ready = prepare(Plan(trial.name, trial.layers, settings))
        assert ready.layers["units"].area.sum() == pytest.approx(20_000)
        assert [(r.fault, r.layer) for r in ready.repairs] == [("gaps", "units")]

    def test_the_account_as_a_table(self) -> None:
        bow = frame("u", [TestShapes.BOW, square(200)])
        table = repairs_table(prepare(self.plan(Policies(), units=bow)).repairs)
        (row,) = table.to_dict("records")
        assert (row["title_zh"], row["layer_zh"]) == ("几何无效", "规划单元")
        assert row["difference"] == row["after"] - row["before"] == 5000


_ID = {"units": "unit_id", "parcels": "parcel_id"}
