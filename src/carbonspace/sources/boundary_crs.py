"""The CRS that the header of a boundary survey states, if it states one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import numpy as np

from carbonspace.model.crs_catalogue import GRIDS, look
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text

_DATUMS = (("西安", "Xian 1980"), ("1980", "Xian 1980"), ("北京", "Beijing 1954"),
           ("1954", "Beijing 1954"), ("2000", "CGCS2000"))  # fmt: skip
_GEOGRAPHIC = {"CGCS2000": "EPSG:4490", "Xian 1980": "EPSG:4610", "Beijing 1954": "EPSG:4214"}
_KEYS = ("坐标系", "几度分带", "带号")
_ZONES = {3: range(25, 46), 6: range(13, 24)}


def stated_crs(
    header: Mapping[str, str], xy: np.ndarray, name: str
) -> tuple[str | None, list[Finding]]:
    """Return the EPSG code that a header and the eastings give, or None and why not.

    Parameters
    ----------
    header
        坐标系, 几度分带, 带号 as written.
    xy
        float[n, 2], easting first (or longitude).
    name
        What the finding is filed under.

    An easting of eight digits names its zone, too. Where header and eastings disagree, nothing
    is stated.
    """
    datum = next((d for word, d in _DATUMS if word in header.get("坐标系", "")), None)
    seen = look(*np.median(xy, axis=0)) if len(xy) else None
    if seen is None or datum is None:
        return None, [_unsaid(header, name)]
    if seen.kind == "degrees":
        return _GEOGRAPHIC[datum], []
    width = _width(header.get("几度分带", ""))
    zone = _number(header.get("带号", "")) or seen.zone
    if seen.zone and zone != seen.zone:
        return None, [_contradicting(header, seen.zone, name)]
    if width is None or zone not in _ZONES[width] or seen.kind == "other":
        return None, [_unsaid(header, name)]
    prefixed = seen.kind == "prefixed"
    grid = next(g for g in GRIDS if g[:3] == (datum, width, prefixed))
    return f"EPSG:{grid.epsg(zone)}", []


def _width(text: str) -> Literal[3, 6] | None:
    number = {"三": 3, "六": 6}.get(text[:1]) or _number(text)
    return 3 if number == 3 else 6 if number == 6 else None


def _number(text: str) -> int:
    found = re.search(r"\d{1,3}", text)
    return int(found[0]) if found else 0


def _said(header: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={header.get(key, '')}" for key in _KEYS)


def _unsaid(header: Mapping[str, str], name: str) -> Finding:
    return Finding(
        "warning", name,
        Text("文件头没有说明坐标系", "The header does not state the CRS"), _said(header),
        Text("坐标系、几度分带与带号", "the datum, the width of the zones and the zone"),
        Text('补全文件头，或在 plan.toml 中写 crs = "EPSG:…"。',
             'Complete the header, or write crs = "EPSG:…" in plan.toml.'),
    )  # fmt: skip


def _contradicting(header: Mapping[str, str], zone: int, name: str) -> Finding:
    return Finding(
        "warning", name,
        Text("文件头的带号与坐标不符", "The zone of the header is not that of the coordinates"),
        Text(f"{_said(header)}；东坐标的带号为 {zone}",
             f"{_said(header)}; eastings of zone {zone}"),
        Text("一致的带号", "one and the same zone"),
        Text('核对后在 plan.toml 中写 crs = "EPSG:…"。',
             'Find out which is right and write crs = "EPSG:…" in plan.toml.'),
    )  # fmt: skip
