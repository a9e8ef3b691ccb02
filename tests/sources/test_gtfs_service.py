"""How often stops are served: by hand on small feeds, and by plain csv on a real one."""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.sources.shared import shared

FEED = "gtfs_es_las_palmas_de_gran_canaria_guaguas_20230222.zip"
COUNTS = ["departures_workday", "departures_saturday", "departures_sunday"]
STOPS = """[layers.transit_stops]
source = "feed.zip"
"""
# Monday 5 to Sunday 18 January 2026.
CALENDAR = """service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"""
CALENDAR += """start_date,end_date
week,1,1,1,1,1,0,0,20260105,20260118
sat,0,0,0,0,0,1,0,20260105,20260118
"""
PLACES = """stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
S,Central,36.00,113.00,1,
N,North side,36.0001,113.0,0,S
Z,South side,35.9999,113.0,0,S
A,A,36.02,113.00,,
B,B,35.98,113.00,,
"""


def feed(folder: Path, trips: dict[str, tuple[str, str, str, list[str]]], **more: str) -> None:
    """Write a feed: trips by name, each its route, service, direction and calls "stop time"."""
    names = {route for route, *_ in trips.values()}
    calls = [
        f"{name},{stop},{number},{time},{time},"
        for name, (*_, stops) in trips.items()
        for number, (stop, time) in enumerate((one.partition(" ")[::2] for one in stops), 1)
    ]
    head = "trip_id,stop_id,stop_sequence,arrival_time,departure_time,pickup_type"
    tables = {
        "stops": PLACES,
        "routes": "route_id,route_type\n" + "".join(f"{name},3\n" for name in sorted(names)),
        "trips": "trip_id,route_id,service_id,direction_id\n"
        + "".join(f"{n},{r},{s},{d}\n" for n, (r, s, d, _) in trips.items()),
        "stop_times": "\n".join([head, *calls]) + "\n",
        "calendar": CALENDAR,
    } | more
    with zipfile.ZipFile(folder / "feed.zip", "w") as archive:
        for name, text in tables.items():
            archive.writestr(f"{name}.txt", text)


def said(plan: Any) -> dict[str, str]:
    return {f.what.en: f.found_in("en") for f in plan.findings}


def stops_of(plan: Any) -> pd.DataFrame:
    return plan.layers["transit_stops"].set_index("stop_id")


def there_and_back(minutes: int, **facts: str) -> dict[str, tuple[str, str, str, list[str]]]:
    """Both ways through the station every so many minutes from 6:00 to before 10:00."""
    trips = {}
    for n, at in enumerate(range(6 * 60, 10 * 60, minutes)):
        north = [f"{s} {(at + k) // 60}:{(at + k) % 60:02}:00" for k, s in enumerate("BNA")]
        south = [f"{s} {(at + k) // 60}:{(at + k) % 60:02}:00" for k, s in enumerate("AZB")]
        trips[f"n{n}"] = ("r1", "week", facts.get("north", "0"), north)
        trips[f"s{n}"] = ("r1", "week", facts.get("south", "1"), south)
    return trips


@pytest.mark.parametrize("facts", [{}, {"north": "", "south": ""}])
def test_both_ways_count_as_departures_and_do_not_halve_the_headway(
    facts: dict[str, str], tmp_path: Path, read: Any
) -> None:
    """Every 20 minutes in 4 hours, 12 trips each way; a trip does not leave its last stop."""
    feed(tmp_path, there_and_back(20, **facts))
    stops = stops_of(read(STOPS))
    assert stops["departures_workday"].to_dict() == {"S": 24, "A": 12, "B": 12}
    assert stops["peak_headway"].to_dict() == {"S": 20, "A": 20, "B": 20}
    assert stops["departures_saturday"].tolist() == [0, 0, 0]


def test_another_route_does_not_shorten_the_headway(tmp_path: Path, read: Any) -> None:
    other = {f"x{n}": ("r2", "week", "0", [f"B 7:{n}5:00", f"A 7:{n}9:00"]) for n in range(3)}
    feed(tmp_path, there_and_back(30) | other)
    stops = stops_of(read(STOPS))
    assert stops["peak_headway"].to_dict() == {"S": 30, "A": 30, "B": 30}
    assert stops.loc["B", "departures_workday"] == 8 + 3


def test_the_peak_is_from_seven_to_before_nine(tmp_path: Path, read: Any) -> None:
    times = ("6:59:59", "07:00:00", "8:59:59", "9:00:00")
    trips = {t: ("r1", "week", "0", [f"B {t}", f"A {t}"]) for t in times}
    feed(tmp_path, trips)
    found = stops_of(read(STOPS)).loc["B", ["departures_workday", "peak_headway"]]
    assert found.tolist() == [4, 60]


def test_exceptions_make_the_day(tmp_path: Path, read: Any) -> None:
    """A holiday on the Saturday of the first week, a market on the Sunday of the second."""
    trips = {
        "w": ("r1", "week", "0", ["B 8:00:00", "A 8:10:00"]),
        "s1": ("r1", "sat", "0", ["B 8:00:00", "A 8:10:00"]),
        "s2": ("r1", "sat", "0", ["B 9:00:00", "A 9:10:00"]),
        "m": ("r1", "market", "0", ["B 9:30:00", "A 9:40:00"]),
        "e": ("r1", "extra", "0", ["B 12:30:00", "A 12:40:00"]),
    }
    dates = """service_id,date,exception_type
sat,20260110,2
market,20260118,1
extra,20260114,1
"""
    feed(tmp_path, trips, calendar_dates=dates)
    plan = read(STOPS)
    assert stops_of(plan).loc["B", COUNTS].tolist() == [2, 2, 1]
    assert said(plan)["Departures are counted on these days"] == (
        "working day 2026-01-14, Saturday 2026-01-17, Sunday 2026-01-18"
    )


def test_after_midnight_is_the_service_day_before(tmp_path: Path, read: Any) -> None:
    """Friday's last bus leaves at 0:30 on Saturday, and one at 7:30 of the next day is no peak."""
    trips = {
        "late": ("r1", "week", "0", ["B 24:30:00", "A 24:40:00"]),
        "early": ("r1", "week", "0", ["B 31:30:00", "A 31:40:00"]),
    }
    feed(tmp_path, trips)
    stops = stops_of(read(STOPS))
    assert stops.loc["B", COUNTS].tolist() == [2, 0, 0]
    assert stops["peak_headway"].isna().all()


def test_times_between_known_ones(tmp_path: Path, read: Any) -> None:
    """From 6:50 to 7:20 in three steps: the third call of four is at 7:10, in the peak."""
    feed(tmp_path, {"t": ("r1", "week", "0", ["B 6:50:00", "Z", "N", "A 7:20:00"])})
    plan = read(STOPS)
    assert stops_of(plan)["peak_headway"].dropna().to_dict() == {"S": 60}
    assert said(plan)["Times are interpolated"] == "2 calls"


def test_frequencies_stand_for_their_trips(tmp_path: Path, read: Any) -> None:
    """Every 10 minutes from 6:30 to before 8:00; the station lies 15 minutes on."""
    many = "trip_id,start_time,end_time,headway_secs\n"
    many += "t,6:30:00,8:00:00,600\nu,9:00:00,8:00:00,600\n"
    trips = {
        "t": ("r1", "week", "0", ["B 00:00:00", "N 00:15:00", "A 00:19:00"]),
        "u": ("r1", "sat", "0", ["B 08:00:00", "A 08:09:00"]),
    }
    feed(tmp_path, trips, frequencies=many)
    plan = read(STOPS)
    stops = stops_of(plan)
    assert stops.loc["B", COUNTS].tolist() == [9, 1, 0]
    assert stops.loc["B", "peak_headway"] == 120 / 6
    assert stops.loc["S", "peak_headway"] == 120 / 7  # 7:05 to 8:05
    assert said(plan)["Frequencies cannot be read"] == "1: u"


def test_nobody_gets_on_at_the_last_stop_or_where_it_is_closed(tmp_path: Path, read: Any) -> None:
    calls = "trip_id,stop_id,stop_sequence,arrival_time,departure_time,pickup_type\n" + "".join(
        f"t,{stop},{n},8:0{n}:00,8:0{n}:00,{kind}\n"
        for n, (stop, kind) in enumerate([("B", ""), ("N", "1"), ("A", "0")])
    )
    feed(tmp_path, {"t": ("r1", "week", "0", [])}, stop_times=calls)
    assert stops_of(read(STOPS))["departures_workday"].to_dict() == {"S": 0, "A": 0, "B": 1}


def test_overlapping_services_count_once(tmp_path: Path, read: Any) -> None:
    again = CALENDAR + "new,1,1,1,1,1,0,0,20260112,20260201\n"
    one = ("r1", "week", "0", ["B 8:00:00", "A 8:10:00"])
    later = ("r1", "new", "0", ["B 8:30:00", "A 8:40:00"])
    feed(tmp_path, {"t": one, "t2": ("r1", "new", *one[2:]), "v": later}, calendar=again)
    plan = read(STOPS)
    assert stops_of(plan).loc["B", ["departures_workday", "peak_headway"]].tolist() == [2, 60]
    assert said(plan)["Trips are there twice on one day"] == "1 trips"


def test_a_calendar_without_a_saturday_does_not_know_it(tmp_path: Path, read: Any) -> None:
    short = CALENDAR.replace("20260118", "20260109")
    feed(tmp_path, {"t": ("r1", "week", "0", ["B 8:00:00", "A 8:10:00"])}, calendar=short)
    plan = read(STOPS)
    stops = stops_of(plan)
    assert stops.loc["B", "departures_workday"] == 1
    assert stops[COUNTS[1:]].isna().all(axis=None)
    assert said(plan)["The calendar holds no day of some type"] == "Saturday, Sunday"


def test_no_service_in_the_stated_period(tmp_path: Path, read: Any) -> None:
    info = "feed_publisher_name,feed_start_date,feed_end_date\nx,20270101,20271231\n"
    feed(tmp_path, {"t": ("r1", "week", "0", ["B 8:00:00", "A 8:10:00"])}, feed_info=info)
    plan = read(STOPS)
    assert stops_of(plan)[COUNTS].isna().all(axis=None)
    found = said(plan)["Nothing runs in the feed's period"]
    assert found == "2027-01-01 to 2027-12-31"


def test_a_stated_period_narrows_the_calendar(tmp_path: Path, read: Any) -> None:
    info = "feed_start_date,feed_end_date\n20260112,\n"
    feed(tmp_path, {"t": ("r1", "week", "0", ["B 8:00:00", "A 8:10:00"])}, feed_info=info)
    assert "2026-01-12" in said(read(STOPS))["Departures are counted on these days"]


def test_a_feed_in_which_nothing_ever_runs(tmp_path: Path, faults: Any) -> None:
    feed(tmp_path, {"t": ("r1", "gone", "0", ["B 8:00:00", "A 8:10:00"])})
    found = faults(STOPS)
    assert [f.what.en for f in found] == ["No trip of the feed ever runs"]


def test_services_without_a_period_are_named(tmp_path: Path, read: Any) -> None:
    bad = CALENDAR + "odd,1,1,1,1,1,0,0,20260230,20260301\nback,1,1,1,1,1,0,0,20260118,20260101\n"
    feed(tmp_path, {"t": ("r1", "week", "0", ["B 8:00:00", "A 8:10:00"])}, calendar=bad)
    assert said(read(STOPS))["Services have no period"] == "2: odd, back"


def test_times_that_cannot_be(tmp_path: Path, read: Any) -> None:
    trips = {
        "t": ("r1", "week", "0", ["B 8:00:00", "N eight", "A 8:10:00"]),
        "u": ("r1", "week", "0", ["B 8:30:00", "N 8:20:00", "A 8:40:00"]),
        "v": ("r1", "week", "0", ["B 8:40:00", "Q 8:41:00", "A 8:42:00"]),
    }
    feed(tmp_path, trips)
    plan = read(STOPS)
    found = said(plan)
    assert found["Times cannot be read"] == "1: eight"
    assert found["Times of trips run backwards"] == "1: u"
    assert found["Trips call at stops that are not listed"] == "1: Q"
    assert stops_of(plan).loc["B", ["departures_workday", "peak_headway"]].tolist() == [3, 60]


def test_a_feed_without_times(tmp_path: Path, read: Any) -> None:
    feed(tmp_path, {"t": ("r1", "week", "0", ["B", "A"])})
    plan = read(STOPS)
    assert stops_of(plan).loc["B", "departures_workday"] == 1
    assert stops_of(plan)["peak_headway"].isna().all()
    assert "The feed has no times" in said(plan)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [("113.00,36.02", "latitude, longitude"), ("36.02,13.00", "8,9")],
)
def test_a_stop_in_a_wrong_place_is_named(
    wrong: str, words: str, tmp_path: Path, read: Any
) -> None:
    """The latitude 113 is none at all; the longitude 13 is half around the world."""
    feed(tmp_path, there_and_back(20), stops=PLACES.replace("36.02,113.00", wrong))
    plan = read(STOPS + STOPS.replace("stops", "lines"))
    assert set(stops_of(plan).index) == {"S", "B"}
    assert "A" in {f.feature for f in plan.findings if f.severity == "warning"}
    (line,) = plan.layers["transit_lines"].geometry
    assert line.bounds == pytest.approx((113, 35.98, 113, 36.0001))


def test_a_stop_with_latitude_and_longitude_exchanged(tmp_path: Path, read: Any) -> None:
    moved = PLACES.replace("113.0", "13.0").replace("36.02,13.00", "13.00,36.02")
    feed(tmp_path, there_and_back(20), stops=moved)
    plan = read(STOPS)
    (found,) = [f for f in plan.findings if f.feature == "A" and "cannot be" in f.what.en]
    assert found.found_in("en").startswith("latitude, longitude 13, 36.02, ")
    assert found.found_in("en").endswith("latitude and longitude seem exchanged")


# --- a real feed, by plain csv


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    text = io.TextIOWrapper(archive.open(f"{name}.txt"), "utf-8-sig", newline="")
    return list(csv.DictReader(text))


def in_seconds(text: str) -> int:
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def services_on(day: date, archive: zipfile.ZipFile) -> set[str]:
    """Return the services of a day: the calendar, then its exceptions."""
    text = day.strftime("%Y%m%d")
    found = {
        row["service_id"] for row in table(archive, "calendar")
        if row["start_date"] <= text <= row["end_date"] and row[day.strftime("%A").lower()] == "1"
    }  # fmt: skip
    for row in table(archive, "calendar_dates"):
        if row["date"] == text:
            (found.add if row["exception_type"] == "1" else found.discard)(row["service_id"])
    return found


def test_las_palmas_by_plain_csv(read: Any) -> None:
    """Departures and headways of every stop, reckoned again with loops and dictionaries."""
    path = shared("las_palmas", FEED)
    stops = stops_of(read(f'[layers.transit_stops]\nsource = "{path.resolve()}"\n'))
    with zipfile.ZipFile(path) as archive:
        trips = {t["trip_id"]: t for t in table(archive, "trips")}
        calls = defaultdict(list)
        for row in table(archive, "stop_times"):
            calls[row["trip_id"]].append((int(row["stop_sequence"]), row))
        for column, first in zip(COUNTS, (date(2015, 12, 11), date(2015, 12, 12),
                                          date(2015, 12, 13)), strict=True):  # fmt: skip
            active = services_on(first, archive)
            number, peak, seen = Counter[str](), Counter[tuple[str, str, str]](), set()
            for name, trip in trips.items():
                made = [row for _, row in sorted(calls[name], key=lambda one: one[0])]
                run = (trip["route_id"], trip["direction_id"],
                       *((row["stop_id"], row["departure_time"]) for row in made))  # fmt: skip
                if trip["service_id"] not in active or run in seen:
                    continue
                seen.add(run)
                for row in made[:-1]:
                    number[row["stop_id"]] += 1
                    if 7 * 3600 <= in_seconds(row["departure_time"]) < 9 * 3600:
                        peak[row["stop_id"], trip["route_id"], trip["direction_id"]] += 1
            assert stops[column].to_dict() == {stop: number[stop] for stop in stops.index}
            if column == "departures_workday":
                best = Counter[str]()
                for (stop, *_), count in peak.items():
                    best[stop] = max(best[stop], count)
                headways = {s: 120 / n for s, n in best.items()}
                assert stops["peak_headway"].dropna().to_dict() == headways
                assert len(best) > 700
