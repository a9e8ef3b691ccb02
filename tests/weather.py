"""Weather files written for tests: every hour of a year in the two formats that are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from carbonspace.model.weather import HOURS, Weather


def hours(**given: object) -> pd.DataFrame:
    """Return a year of 200 W/m² of even light, day and night, at 20 °C and 1 m/s, or `given`."""
    plain = {"temp_air": 20.0, "ghi": 200.0, "dni": 0.0, "dhi": 200.0, "wind_speed": 1.0}
    return pd.DataFrame({**plain, **given}, index=range(HOURS), dtype=float)


def even(watts: float = 200.0) -> Weather:
    """Return a year of even light, day and night, at 20 °C in a wind of 1 m/s."""
    start = np.datetime64("2001-01-01T00:30:00")
    light, still = np.full(HOURS, watts), np.ones(HOURS)
    return Weather(start + np.arange(HOURS) * np.timedelta64(3600, "s"), light, 0 * light, light,
                   20 * still, still, 36.0, 113.0)  # fmt: skip


def write_epw(
    path: Path, table: pd.DataFrame, *, place: tuple[float, float] = (36.2, 113.1), zone: float = 8,
    year: int = 2001, keep: slice = slice(None), city: str = "Changzhi",
) -> Path:  # fmt: skip
    """Write an EPW file: hours are called by their end, by the clock of the station."""
    head = [f"LOCATION,{city},-,CHN,made,0,{place[0]},{place[1]},{zone},900.0", *["-,"] * 6]
    start = pd.Timestamp(year, 1, 1)
    rows = []
    for n, row in enumerate(table.itertuples(index=False)):
        hour = start + pd.Timedelta(hours=n)
        values = row._asdict()
        cells = [hour.year, hour.month, hour.day, hour.hour + 1, 0, "made", values["temp_air"], 5.0,
                 50, 90000, 0, 0, 300, values["ghi"], values["dni"], values["dhi"], 0, 0, 0, 0, 0,
                 values["wind_speed"], *[0] * 13]  # fmt: skip
        rows.append(",".join(map(str, cells)))
    lines = [*head, "DATA PERIODS,1,1,Data,Sunday,1/1,12/31", *rows[keep]]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def write_tmy(
    path: Path, table: pd.DataFrame, *, place: tuple[float, float] = (36.2, 113.1),
    late: float | None = 0.1761,
) -> Path:  # fmt: skip
    """Write a typical year of PVGIS: moments of universal time, each month of a year of its own."""
    head = [f"Latitude (decimal degrees): {place[0]}", f"Longitude (decimal degrees): {place[1]}",
            "Elevation (m): 900.0"]  # fmt: skip
    head += [f"Irradiance Time Offset (h): {late}"] if late is not None else []
    years = [2005 + month for month in range(12)]
    head += ["month,year", *(f"{n + 1},{year}" for n, year in enumerate(years))]
    names = "time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m,WD10m,SP"
    start = pd.Timestamp(2001, 1, 1)
    rows = []
    for n, row in enumerate(table.itertuples(index=False)):
        hour, values = start + pd.Timedelta(hours=n), row._asdict()
        label = f"{years[hour.month - 1]}{hour:%m%d:%H00}"
        cells = [values["temp_air"], 50, values["ghi"], values["dni"], values["dhi"], 300,
                 values["wind_speed"], 0, 90000]  # fmt: skip
        rows.append(",".join([label, *map(str, cells)]))
    path.write_text("\n".join([*head, names, *rows, "", "T2m: air temperature"]), "utf-8")
    return path


def by_hour(when: Mapping[int, float], default: float) -> np.ndarray:
    """Return a year of one value, but for some hours."""
    values = np.full(HOURS, default)
    values[list(when)] = list(when.values())
    return values
