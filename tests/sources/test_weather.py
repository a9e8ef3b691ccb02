"""Weather files: what they hold, when the sun stands for each hour, and what is wrong with them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.weather import by_hour, hours, write_epw, write_tmy

from carbonspace import unchanged
from carbonspace.model.finding import Finding
from carbonspace.model.weather import HOURS, Weather
from carbonspace.prepare import prepare
from carbonspace.sources.weather import read_weather

PLAN = '[layers.parcels]\nsource = "p.gpkg"\n[weather]\nsource = "{}"\n'


def read_file(path: Path) -> tuple[Weather, list[Finding]]:
    weather, findings = read_weather(path, path.name)
    assert weather is not None
    return weather, findings


def refused(path: Path) -> Finding:
    weather, findings = read_weather(path, path.name)
    assert weather is None
    (error,) = (one for one in findings if one.severity == "error")
    assert error.local
    assert error.layer == "weather"
    return error


def test_an_epw_file_hour_by_hour(tmp_path: Path) -> None:
    counted = hours(ghi=np.arange(HOURS) / 20, dni=1.0, dhi=2.0, wind_speed=np.arange(HOURS) % 7)
    weather, findings = read_file(write_epw(tmp_path / "a.epw", counted))
    assert findings == []
    assert weather.ghi.tolist() == counted["ghi"].tolist()
    assert weather.wind.tolist() == counted["wind_speed"].tolist()
    assert (weather.dni == 1).all()
    assert (weather.dhi == 2).all()
    assert (weather.air == 20).all()
    assert (weather.latitude, weather.longitude) == (36.2, 113.1)
    assert weather.label == "Changzhi - CHN"
    # The first hour ends at one o'clock of a clock eight hours fast.
    assert weather.time[0] == np.datetime64("2000-12-31T16:30:00")
    assert (np.diff(weather.time) == np.timedelta64(3600, "s")).all()


def test_a_typical_year_of_pvgis(tmp_path: Path) -> None:
    counted = hours(ghi=np.arange(HOURS) / 20)
    weather, findings = read_file(write_tmy(tmp_path / "tmy.csv", counted))
    assert findings == []
    assert weather.ghi.tolist() == counted["ghi"].tolist()
    assert weather.time[0] == np.datetime64("2005-01-01T00:10:34")
    assert weather.time[-1] == np.datetime64("2016-12-31T23:10:34")
    older, _ = read_file(write_tmy(tmp_path / "old.csv", counted, late=None))
    assert older.time[0] == np.datetime64("2005-01-01T00:00:00")


def test_what_a_file_is_called_does_not_matter(tmp_path: Path) -> None:
    weather, _ = read_file(write_epw(tmp_path / "weather.txt", hours()))
    assert weather.ghi.sum() == 200 * HOURS


def test_a_time_zone_of_half_an_hour(tmp_path: Path) -> None:
    weather, _ = read_file(write_epw(tmp_path / "a.epw", hours(), zone=5.5, place=(28.6, 77.2)))
    assert weather.time[0] == np.datetime64("2000-12-31T19:00:00")


def test_a_leap_day_is_left_out(tmp_path: Path) -> None:
    """Of a leap year the file ends on 30 December."""
    weather, findings = read_file(write_epw(tmp_path / "a.epw", hours(), year=2004))
    assert [f.what.en for f in findings] == [
        "Hours of the weather are missing", "29 February is left out",
    ]  # fmt: skip
    assert findings[0].found_in("en") == "a.epw: 24 hours"
    assert weather.ghi.sum() == 200 * HOURS


def test_missing_hours_are_taken_between_days_and_counted(tmp_path: Path) -> None:
    table = hours(ghi=np.repeat(np.arange(365.0), 24), dhi=0)
    path = write_epw(tmp_path / "a.epw", table)
    lines = path.read_text().splitlines()
    del lines[8 + 24 * 100 + 5 : 8 + 24 * 102 + 5]
    path.write_text("\n".join(lines))
    weather, (finding,) = read_file(path)
    assert finding.severity == "warning"
    assert finding.found_in("en") == "a.epw: 48 hours"
    assert weather.ghi.tolist() == pytest.approx(table["ghi"].tolist())
    assert np.diff(weather.time).astype(int).tolist() == [3600] * (HOURS - 1)


def test_negative_and_absurd_light_is_counted_and_not_used(tmp_path: Path) -> None:
    odd = by_hour({12: -5.0, 36: 9999.0, 60: 1600.0}, 200.0)
    weather, (finding,) = read_file(write_epw(tmp_path / "a.epw", hours(ghi=odd)))
    assert finding.what.en == "Irradiance is negative or too high"
    assert finding.found_in("en") == "a.epw: 3 hours, -5 … 9999 W/m²"
    assert (weather.ghi == 200).all()


def test_absurd_air_is_counted(tmp_path: Path) -> None:
    table = hours(temp_air=by_hour({5: 99.9}, 20.0), wind_speed=by_hour({5: 999.0, 6: -1.0}, 1.0))
    weather, (finding,) = read_file(write_epw(tmp_path / "a.epw", table))
    assert finding.found_in("en") == "a.epw: 2 hours, -1 … 999"
    assert (weather.air == 20).all()
    assert (weather.wind == 1).all()


def test_too_many_unknown_hours_refuse_the_file(tmp_path: Path) -> None:
    dark = hours(ghi=by_hour(dict.fromkeys(range(900), 9999.0), 200.0))
    error = refused(write_epw(tmp_path / "a.epw", dark))
    assert error.found_in("en") == "a.epw: 900 hours"
    half = write_epw(tmp_path / "b.epw", hours(), keep=slice(0, 4380))
    assert refused(half).found_in("en") == "b.epw: 4,380 hours"


def test_a_year_without_light_and_one_of_too_much(tmp_path: Path) -> None:
    assert refused(write_epw(tmp_path / "a.epw", hours(ghi=0, dhi=0))).what.en.startswith(
        "There is"
    )
    _, (finding,) = read_file(write_epw(tmp_path / "b.epw", hours(ghi=700, dhi=700)))
    assert finding.found_in("en") == "b.epw: 6,132 kWh/m²"


def test_more_than_a_year(tmp_path: Path) -> None:
    path = write_epw(tmp_path / "a.epw", hours())
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, *lines[8:]]))
    assert refused(path).found_in("en") == "a.epw: 17,520 hours"


@pytest.mark.parametrize(
    "content",
    ["", "nothing", "LOCATION,a\n", "LOCATION,a,b,c,d,0,x,y,8,900\n",
     "Latitude (decimal degrees): x\n",
     "Latitude (decimal degrees): 36\nLongitude (decimal degrees): 113\n"],
)  # fmt: skip
def test_what_is_no_weather(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.epw").write_text(content)
    refused(tmp_path / "a.epw")


def test_a_file_that_is_cut_in_the_middle_of_a_row(tmp_path: Path) -> None:
    path = write_epw(tmp_path / "a.epw", hours())
    text = path.read_text()
    path.write_text(text[: len(text) // 2])
    assert "hours" in refused(path).found_in("en")
    words = write_epw(tmp_path / "b.epw", hours())
    words.write_text(words.read_text().replace("2001,3,", "2001,März,"))
    assert refused(words).what.en == "The weather file cannot be read"


def test_without_pvlib_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_epw(tmp_path / "a.epw", hours())
    monkeypatch.setitem(sys.modules, "pvlib", None)
    monkeypatch.setitem(sys.modules, "pvlib.iotools", None)
    assert "carbonspace[sun]" in refused(path).action.en


def test_a_station_nowhere_on_earth(tmp_path: Path) -> None:
    error = refused(write_epw(tmp_path / "a.epw", hours(), place=(113.1, 36.2)))
    assert error.what.en == "The station lies nowhere on earth"


@pytest.fixture
def plan_file(tmp_path: Path, parcels: Any) -> Path:
    parcels(land_use=["07"], unit_id=["u"]).to_file(tmp_path / "p.gpkg")
    return tmp_path / "plan.toml"


def test_a_plan_names_its_weather(tmp_path: Path, plan_file: Path, read: Any) -> None:
    write_epw(tmp_path / "a.epw", hours())
    plan = read(PLAN.format("a.epw"))
    assert plan.weather.source == "a.epw"
    assert [(i.layer, i.path, i.features) for i in plan.inputs][1] == ("weather", "a.epw", HOURS)
    asked = unchanged.request(plan_file, {})
    assert asked is not None
    assert sorted(asked["files"]) == ["a.epw", "p.gpkg", "plan.toml"]


def test_faults_of_the_table(plan_file: Path, faults: Any) -> None:
    (missing,) = faults(PLAN.format("none.epw"))
    assert (missing.layer, missing.what.en) == ("weather", "The file does not exist")
    (typo,) = faults(PLAN.format("a.epw").replace('source = "a', 'sorce = "a'))[:1]
    assert "weather" in typo.what.en
    (number,) = faults('[layers.parcels]\nsource = "p.gpkg"\n[weather]\nsource = 3\n')
    assert "weather.source" in number.what.en
    with_text = 'weather = "a.epw"\n[layers.parcels]\nsource = "p.gpkg"\n'
    (text,) = faults(with_text)
    assert "weather" in text.what.en


def test_weather_that_cannot_be_used_is_set_aside(
    tmp_path: Path, plan_file: Path, read: Any
) -> None:
    (tmp_path / "a.epw").write_text("nothing")
    plan = read(PLAN.format("a.epw"))
    assert plan.weather is None
    assert "气象数据" in plan.aside["weather"].zh
    assert [f.severity for f in plan.findings if f.layer == "weather"] == ["warning"]


DERIVED = '[derive]\nunits = "parcels"\n'


def said(plan: Any) -> list[str]:
    return [f.what.en for f in prepare(plan).findings if f.layer == "weather"]


def test_a_station_far_from_the_plan(tmp_path: Path, plan_file: Path, read: Any) -> None:
    """The plan lies at the corner of its CRS: 114° E less 4.5°, on the equator."""
    sunny = hours(ghi=0, dhi=by_hour({n: 400.0 for n in range(HOURS) if 9 <= n % 24 < 15}, 0.0))
    sunny["ghi"] = 2 * sunny["dhi"]
    write_epw(tmp_path / "a.epw", sunny, place=(0.0, 109.5), zone=7)
    assert said(read(DERIVED + PLAN.format("a.epw"))) == []
    write_epw(tmp_path / "a.epw", sunny, place=(1.5, 109.5), zone=7)
    assert said(read(DERIVED + PLAN.format("a.epw"))) == ["The weather is of a place far away"]
    write_epw(tmp_path / "a.epw", sunny, place=(0.0, 109.5), zone=-4)
    assert said(read(DERIVED + PLAN.format("a.epw"))) == ["The weather has sunlight at night"]


@pytest.mark.parametrize("write", [write_epw, write_tmy])
def test_no_broken_file_breaks_the_reader(tmp_path: Path, write: Any) -> None:
    """Files cut, with bytes turned, left out or put in, at two hundred random places."""
    path = write(tmp_path / "year", hours())
    whole = path.read_bytes()
    head = b"\n".join(whole.split(b"\n")[:60])
    draw = np.random.default_rng(4)
    odd = [b",", b"\n", b"9" * 20, b"nan", b"inf", b"-1", b'"', b"\x00", b"1e400", b"\xff"]
    for n in range(200):
        data = bytearray(whole if n % 100 == 0 else head)
        for at in draw.integers(0, len(head), draw.integers(1, 6)):
            piece = odd[draw.integers(len(odd))] if draw.random() < 0.7 else b""
            data[at : at + draw.integers(0, 30)] = piece
        path.write_bytes(data[: draw.integers(1, len(data))] if draw.random() < 0.2 else data)
        weather, findings = read_weather(path, "year")
        assert (weather is None) == any(one.severity == "error" for one in findings)
        assert weather is None or np.isfinite(weather.ghi).all()
