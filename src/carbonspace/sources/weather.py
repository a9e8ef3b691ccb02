"""A weather file of a plan: the hours of a year, from EPW or from a typical year of PVGIS."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from carbonspace.model.finding import Finding
from carbonspace.model.weather import HOURS, WEATHER, Weather
from carbonspace.sources import weather_words as words
from carbonspace.sources.gate import barred
from carbonspace.sources.keys import table_faults

_RANGES = {
    "ghi": (0.0, 1500.0), "dni": (0.0, 1500.0), "dhi": (0.0, 1500.0),
    "temp_air": (-80.0, 60.0), "wind_speed": (0.0, 75.0),
}  # fmt: skip
"""By column, what an hour can have; beyond the atmosphere there are 1,412 W/m² at the most."""
_LIGHT = ("ghi", "dni", "dhi")
_MOST_UNKNOWN = 0.1
"""Share of the hours that may be unknown."""
_YEARS_OF_LIGHT = (400.0, 3000.0)
"""kWh/m² that a year on a horizontal surface may have, anywhere on earth."""
_SAMPLE_YEAR = 2001


class _Found(NamedTuple):
    """What a reader makes of a file: hours by their own clock, which is `clock` hours fast.

    The sun of an hour stands as it does `middle` hours after its label.
    """

    table: pd.DataFrame
    latitude: float
    longitude: float
    clock: float
    middle: float
    label: str


_Reader: TypeAlias = Callable[[Any, bytes], _Found]


def weather_faults(facts: Mapping[str, Any]) -> list[Finding]:
    """Return every fault of the `[weather]` table of plan.toml."""
    return [*table_faults("plan", WEATHER, facts, {"source": str}, required=("source",))]


def read_weather(path: Path, name: str) -> tuple[Weather | None, list[Finding]]:
    """Return the year of a weather file, or None and why it cannot be used.

    Hours that are missing or impossible are taken between those of the days before and after at
    the same time of day, and told; where there are too many the file is refused.

    Parameters
    ----------
    path
        An EPW file, or a typical year of PVGIS as CSV; the content decides.
    name
        The file, as plan.toml names it.
    """
    if (fault := barred(WEATHER, name, path)) is not None:
        return None, [fault]
    if not path.is_file():
        return None, [words.missing(path)]
    try:
        iotools = import_module("pvlib.iotools")
    except ImportError:
        return None, [words.no_pvlib(name)]
    content = path.read_bytes()
    reader = next((r for head, r in _READERS.items() if content.lstrip().startswith(head)), None)
    if reader is None:
        return None, [words.not_weather(name)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pandas about pvlib, at rows of odd lengths
            found = reader(iotools, content)
        return _year(found, name)
    except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
        return None, [words.unreadable(name, str(error))]


def _epw(iotools: Any, content: bytes) -> _Found:
    """Read hours that are called by their end, by the clock of the station."""
    table, said = iotools.read_epw(StringIO(content.decode("utf-8", "replace")))
    label = " ".join(str(said[part]).strip() for part in ("city", "state-prov", "country"))
    return _Found(table, said["latitude"], said["longitude"], said["TZ"], 0.5, label)


def _pvgis(iotools: Any, content: bytes) -> _Found:
    """Read moments of universal time, some minutes before those of the satellite."""
    table, said = iotools.read_pvgis_tmy(BytesIO(content), pvgis_format="csv")
    place = said["inputs"]
    late = place.get("irradiance time offset", 0.0)
    return _Found(table, place["latitude"], place["longitude"], 0.0, late, "PVGIS TMY")


_READERS: Mapping[bytes, _Reader] = {
    b"LOCATION": _epw,
    b"\xef\xbb\xbfLOCATION": _epw,
    b"Latitude (decimal degrees)": _pvgis,
}
"""By how a file begins."""


def _year(found: _Found, name: str) -> tuple[Weather | None, list[Finding]]:
    if not (abs(found.latitude) <= 90 and abs(found.longitude) <= 180):
        return None, [words.no_place(name, found.latitude, found.longitude)]
    if len(found.table) > HOURS + 24:
        return None, [words.several_years(name, len(found.table))]
    hours, leap = _calendar(found.table)
    notes = [*_findings(hours, name, leap)]
    sound = hours.where(_possible(hours))
    light = sound[[*_LIGHT]].isna().any(axis=1)
    sound.loc[light, [*_LIGHT]] = np.nan
    unknown = sound.isna().any(axis=1)
    if unknown.mean() > _MOST_UNKNOWN:
        return None, [*notes, words.too_few(name, int(unknown.sum()))]
    full = _between_days(sound)
    notes += [*_sum_findings(float(full["ghi"].sum()) / 1000.0, name)]
    if any(one.severity == "error" for one in notes):
        return None, notes
    columns = {key: full[column].to_numpy(dtype=float) for key, column in _COLUMNS.items()}
    time = _moments(hours, found)
    return Weather(time=time, latitude=found.latitude, longitude=found.longitude,
                   label=found.label, source=name, **columns), notes  # fmt: skip


_COLUMNS = {"ghi": "ghi", "dni": "dni", "dhi": "dhi", "air": "temp_air", "wind": "wind_speed"}


def _calendar(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the hours of a calendar without a leap day, and how many hours were of one.

    `label` is the hour as the file has it; what the file has not is null.
    """
    when = table.index
    leap = np.asarray((when.month == 2) & (when.day == 29))
    day = np.asarray(when.day_of_year) - (
        np.asarray(when.is_leap_year) & np.asarray(when.month > 2)
    )
    numbers = {c: pd.to_numeric(table[c], errors="coerce").to_numpy(dtype=float) for c in _RANGES}
    hours = pd.DataFrame(numbers, index=(day - 1) * 24 + np.asarray(when.hour))
    hours["label"] = when.tz_localize(None).to_numpy()
    hours = hours[~leap]
    return hours[~hours.index.duplicated()].reindex(range(HOURS)), int(leap.sum())


def _possible(hours: pd.DataFrame) -> pd.DataFrame:
    kept = {c: hours[c].between(*_RANGES[c]) if c in _RANGES else True for c in hours}
    return pd.DataFrame(kept, index=hours.index)


def _between_days(hours: pd.DataFrame) -> pd.DataFrame:
    """Return the hours with what is unknown taken between days, at the same time of day."""
    return pd.DataFrame({
        column: pd.DataFrame(hours[column].to_numpy().reshape(-1, 24))
        .interpolate(axis=0, limit_direction="both").to_numpy().reshape(-1)
        for column in _RANGES
    })  # fmt: skip


def _moments(hours: pd.DataFrame, found: _Found) -> Any:
    """Return when the sun stands for each hour, UTC; an hour without a label is of a plain year."""
    start = np.datetime64(f"{_SAMPLE_YEAR}-01-01T00:00:00")
    plain = start + np.arange(HOURS) * np.timedelta64(3600, "s")
    label = hours["label"].to_numpy().astype("datetime64[s]")
    label = np.where(np.isnat(label), plain, label)
    return label + np.timedelta64(round((found.middle - found.clock) * 3600), "s")


def _findings(hours: pd.DataFrame, name: str, leap: int) -> Iterator[Finding]:
    """Yield what is wrong with single hours."""
    absent = hours[[*_RANGES]].isna()
    if (count := int(absent.any(axis=1).sum())) > 0:
        yield words.hours_missing(name, count)
    strange = ~_possible(hours)[[*_RANGES]] & ~absent
    for columns, told in ((_LIGHT, words.light_impossible), (("temp_air", "wind_speed"),
                                                             words.air_impossible)):  # fmt: skip
        odd = strange[[*columns]]
        if (count := int(odd.any(axis=1).sum())) > 0:
            values = hours[[*columns]].to_numpy()[odd.to_numpy()]
            yield told(name, count, float(values.min()), float(values.max()))
    if leap:
        yield words.leap_day(name)


def _sum_findings(kwh: float, name: str) -> Iterator[Finding]:
    low, high = _YEARS_OF_LIGHT
    if kwh <= 0:
        yield words.dark(name)
    elif not low <= kwh <= high:
        yield words.sum_strange(name, kwh, low, high)
