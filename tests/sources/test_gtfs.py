"""GTFS feeds: what runs, where it stops, in which mode, each counted once."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.sources.shared import shared

from carbonspace.sources.gtfs_calendar import running
from carbonspace.sources.gtfs_tables import is_gtfs, read_feed
from carbonspace.sources.listing import datasets

FEED = {
    "stops": """stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
S,Central,36.0,113.0,1,
S1,Central 1,36.0,113.001,0,S
S2,Central 2,36.0,113.002,0,S
E,Entrance,36.0,113.0005,2,S
A,甲,36.01,113.01,,
B,B,36.02,113.02,,
C,never,36.03,113.03,,
""",
    "routes": """route_id,route_short_name,route_long_name,route_type
r1,1,,3
r2,,Metro line 2,401
r3,Lift,,6
""",
    "trips": """route_id,service_id,trip_id,shape_id
r1,weekday,t1,sh1
r1,weekday,t2,sh1
r2,once,t3,
r1,holiday,t4,sh1
r3,weekday,t5,
""",
    "stop_times": """trip_id,arrival_time,departure_time,stop_id,stop_sequence
t1,08:00:00,08:00:00,S1,1
t1,08:05:00,08:05:00,A,2
t2,09:00:00,09:00:00,S2,1
t2,09:05:00,09:05:00,A,2
t3,10:05:00,10:05:00,B,10
t3,10:00:00,10:00:00,S1,9
t4,11:00:00,11:00:00,C,1
t5,12:00:00,12:00:00,B,1
""",
    # From Friday 2 to Sunday 4 January 2026.
    "calendar": """service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"""
     """start_date,end_date
weekday,1,1,1,1,1,0,0,20260102,20260104
holiday,0,0,0,0,0,1,0,20260102,20260104
""",
    "calendar_dates": """service_id,date,exception_type
once,20260105,1
holiday,20260103,2
""",
    "shapes": """shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence
sh1,36.01,113.01,20
sh1,36.0,113.0,3
""",
}  # fmt: skip
BOTH = """[layers.transit_stops]
source = "feed.zip"
[layers.transit_lines]
source = "feed.zip"
"""


def written(folder: Path, **changed: str | None) -> Path:
    """Write the feed as a zip, some tables changed or (None) left out."""
    with zipfile.ZipFile(folder / "feed.zip", "w") as archive:
        for name, text in {**FEED, **changed}.items():
            if text is not None:
                archive.writestr(f"{name}.txt", text)
    return folder / "feed.zip"


def test_stops_that_are_served(tmp_path: Path, read: Any) -> None:
    written(tmp_path)
    stops = read(BOTH).layers["transit_stops"].set_index("stop_id").sort_index()
    assert stops["mode"].to_dict() == {"A": "bus", "B": "metro", "S/bus": "bus", "S/metro": "metro"}
    assert stops.loc["A", "name"] == "甲"
    assert stops.crs.to_epsg() == 4326
    assert (stops.geometry["A"].x, stops.geometry["A"].y) == (113.01, 36.01)
    assert stops.geometry["S/bus"].equals(stops.geometry["S/metro"])


def test_lines_run_on_their_shapes_or_from_stop_to_stop(tmp_path: Path, read: Any) -> None:
    written(tmp_path)
    plan = read(BOTH)
    lines = plan.layers["transit_lines"].set_index("line_id")
    assert lines[["name", "mode"]].to_dict("index") == {
        "r1": {"name": "1", "mode": "bus"}, "r2": {"name": "Metro line 2", "mode": "metro"},
    }  # fmt: skip
    assert [*lines.geometry["r1"].coords] == [(113.0, 36.0), (113.01, 36.01)]
    assert [*lines.geometry["r2"].coords] == [(113.001, 36.0), (113.02, 36.02)]
    said = {f.what.en: f.found_in("en") for f in plan.findings}
    assert said == {
        "Departures are counted on these days": "working day 2026-01-02, Saturday no service, "
        "Sunday no service",
        "Some trips never run": "feed.zip: 1 of 5 trips",
        "No trip calls at some stops": "1 stops",
        "Lines come without their course": "2 routes without shapes",
    }


def test_the_calendar_decides_and_its_exceptions_too() -> None:
    calendar = pd.DataFrame({
        "service_id": ["week", "none", "backwards"],
        "monday": ["1", "0", "1"], "tuesday": "0", "wednesday": "0", "thursday": "0",
        "friday": "0", "saturday": "0", "sunday": "0",
        "start_date": ["20260103", "20260101", "20260110"],
        "end_date": ["20260105", "99991231", "20260101"],
    })  # fmt: skip
    dates = pd.DataFrame({
        "service_id": ["week", "added"], "date": ["20260105", "20260105"],
        "exception_type": ["2", "1"],
    })  # fmt: skip
    assert running({"calendar": calendar}) == {"week"}
    assert running({"calendar": calendar, "calendar_dates": dates}) == {"added"}


def test_a_folder_and_a_zip_with_a_folder_are_feeds_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path)) as archive:
        archive.extractall(tmp_path / "feed")
    with zipfile.ZipFile(tmp_path / "deep.zip", "w") as archive:
        for file in (tmp_path / "feed").iterdir():
            archive.write(file, f"2026/{file.name}")
    plain = read_feed(tmp_path / "feed")
    for other in ("feed.zip", "deep.zip"):
        assert is_gtfs(str(tmp_path / other))
        assert all(read_feed(tmp_path / other)[n].equals(t) for n, t in plain.items())


def test_what_it_holds(tmp_path: Path) -> None:
    written(tmp_path)
    (found,) = datasets(tmp_path)
    assert (found.kind, found.layer, found.features) == ("feed", None, 4)
    assert found.gives == ("transit_stops", "transit_lines")


def test_blanks_and_byte_order_marks(tmp_path: Path, read: Any) -> None:
    spaced = "﻿" + FEED["routes"].replace(",", " , ")
    written(tmp_path, routes=spaced, calendar_dates=None, shapes=None)
    stops = read(BOTH).layers["transit_stops"]
    assert set(stops["mode"]) == {"bus"}


def test_a_feed_with_no_more_than_it_must_have(tmp_path: Path, read: Any) -> None:
    written(
        tmp_path, shapes=None, calendar=None, routes="route_id,route_type\nr1,3\n",
        stops="stop_id,stop_lat,stop_lon\nA,36.0,113.0\nB,36.0,113.1\n",
        trips="trip_id,route_id,service_id\nt1,r1,once\n",
        stop_times="trip_id,stop_id,stop_sequence\nt1,A,1\nt1,B,2\n",
    )  # fmt: skip
    plan = read(BOTH)
    assert plan.layers["transit_stops"]["stop_id"].tolist() == ["A", "B"]
    assert plan.layers["transit_lines"]["name"].isna().tolist() == [True]


def test_a_stop_without_a_position_is_named(tmp_path: Path, read: Any) -> None:
    written(tmp_path, stops=FEED["stops"].replace("36.01,113.01", "0.0,0"))
    plan = read(BOTH)
    assert "A" not in set(plan.layers["transit_stops"]["stop_id"])
    assert [f.feature for f in plan.findings if f.severity == "warning" and f.feature] == ["A"]


@pytest.mark.parametrize(
    ("changed", "gone"),
    [
        ({"stop_times": None}, ["stop_times.txt"]),
        ({"calendar": None, "calendar_dates": None}, ["calendar.txt or calendar_dates.txt"]),
        ({"trips": "trip_id,route_id\nt1,r1\n"}, ["trips.txt: service_id"]),
    ],
)
def test_what_a_feed_lacks(
    changed: dict[str, str | None], gone: list[str], tmp_path: Path, faults: Any
) -> None:
    written(tmp_path, **changed)
    found = faults('[layers.transit_stops]\nsource = "feed.zip"\n')
    assert [f.found_in("en") for f in found] == [f"feed.zip: no {name}" for name in gone]


@pytest.mark.parametrize("kind", ["inf", "nan", "bus", "1e400"])
def test_a_route_of_no_known_type_has_no_stops(kind: str, tmp_path: Path, read: Any) -> None:
    written(tmp_path, routes=FEED["routes"].replace("401", kind))
    assert set(read(BOTH).layers["transit_stops"]["mode"]) == {"bus"}


def test_a_feed_does_not_give_roads(tmp_path: Path, faults: Any) -> None:
    written(tmp_path)
    found = faults('[layers.roads]\nsource = "feed.zip"\n')
    assert [f.what.en for f in found] == ["A GTFS feed does not give this layer"]


def test_a_table_that_is_no_table(tmp_path: Path, faults: Any) -> None:
    written(tmp_path, trips='a,b\n"never closed\n')
    found = faults('[layers.transit_stops]\nsource = "feed.zip"\n')
    assert [f.severity for f in found] == ["error"] * len(found)
    assert found


def test_las_palmas(read: Any) -> None:
    path = shared("las_palmas", "gtfs_es_las_palmas_de_gran_canaria_guaguas_20230222.zip")
    source = f'source = "{path.resolve()}"\n'
    plan = read(f"[layers.transit_stops]\n{source}[layers.transit_lines]\n{source}")
    stops, lines = plan.layers["transit_stops"], plan.layers["transit_lines"]
    assert (len(stops), set(stops["mode"])) == (792, {"bus"})
    assert (len(lines), set(lines["mode"])) == (44, {"bus"})
    assert [f.found_in("en") for f in plan.findings] == [
        "working day 2015-12-11, Saturday 2015-12-12, Sunday 2015-12-13", "1 stops",
    ]  # fmt: skip
