"""Units of measure a column may be written in, and what turns them into the canonical one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from carbonspace.model.text import Text


class Uom(NamedTuple):
    """One unit of measure: `factor` times a value gives the value in the canonical unit."""

    key: str
    title: Text
    factor: float
    spellings: tuple[str, ...]


class UomSaid(NamedTuple):
    """What a field of the source says of the unit of a column: its name, its text, and that."""

    field: str
    text: str
    uom: Uom


UOMS: Mapping[str, tuple[Uom, ...]] = {
    "m²": (
        Uom("m2", Text("平方米", "square metres"), 1.0,
            ("平方米", "平米", "m2", "sqm", "squaremetres", "squaremeters")),
        Uom("mu", Text("亩", "mu"), 10_000 / 15, ("亩", "mu")),
        Uom("ha", Text("公顷", "hectares"), 10_000.0,
            ("公顷", "万平方米", "万平米", "万m2", "ha", "hm2", "hectare", "hectares")),
        Uom("km2", Text("平方公里", "square kilometres"), 1e6,
            ("平方公里", "平方千米", "km2", "sqkm")),
        Uom("ft2", Text("平方英尺", "square feet"), 0.3048**2,
            ("平方英尺", "ft2", "sqft", "squarefeet")),
        Uom("acre", Text("英亩", "acres"), 4046.8564224, ("英亩", "acre", "acres", "ac")),
    ),
    "ha": (
        Uom("ha", Text("公顷", "hectares"), 1.0,
            ("公顷", "万平方米", "ha", "hm2", "hectare", "hectares")),
        Uom("m2", Text("平方米", "square metres"), 1e-4,
            ("平方米", "平米", "m2", "sqm", "squaremetres", "squaremeters")),
        Uom("mu", Text("亩", "mu"), 1 / 15, ("亩", "mu")),
        Uom("km2", Text("平方公里", "square kilometres"), 100.0,
            ("平方公里", "平方千米", "km2", "sqkm")),
    ),
    "m": (
        Uom("m", Text("米", "metres"), 1.0, ("米", "m", "metre", "metres", "meter", "meters")),
        Uom("km", Text("公里", "kilometres"), 1000.0, ("公里", "千米", "km")),
        Uom("cm", Text("厘米", "centimetres"), 0.01, ("厘米", "cm")),
        Uom("mm", Text("毫米", "millimetres"), 0.001, ("毫米", "mm")),
        Uom("ft", Text("英尺", "feet"), 0.3048, ("英尺", "ft", "feet", "foot")),
    ),
    "person": (
        Uom("person", Text("人", "persons"), 1.0, ("人", "person", "persons")),
        Uom("10k", Text("万人", "ten thousand persons"), 10_000.0, ("万人", "万")),
    ),
    "job": (
        Uom("job", Text("个", "jobs"), 1.0, ("个", "job", "jobs")),
        Uom("10k", Text("万个", "ten thousand jobs"), 10_000.0, ("万个", "万")),
    ),
    "household": (
        Uom("household", Text("户", "households"), 1.0, ("户", "household", "households")),
        Uom("10k", Text("万户", "ten thousand households"), 10_000.0, ("万户", "万")),
    ),
    "dwelling": (Uom("dwelling", Text("套", "dwellings"), 1.0, ("套", "dwelling", "dwellings")),),
    "10⁴ yuan": (
        Uom("10k", Text("万元", "ten thousand yuan"), 1.0, ("万元", "万", "10kyuan")),
        Uom("yuan", Text("元", "yuan"), 1e-4, ("元", "yuan", "rmb", "cny")),
        Uom("100m", Text("亿元", "hundred million yuan"), 10_000.0, ("亿元", "亿")),
    ),
    "kWh/yr": (
        Uom("kwh", Text("千瓦时", "kilowatt-hours"), 1.0, ("千瓦时", "度", "kwh", "kwh/a")),
        Uom("mwh", Text("兆瓦时", "megawatt-hours"), 1000.0, ("兆瓦时", "mwh")),
        Uom("10k", Text("万千瓦时", "ten thousand kilowatt-hours"), 10_000.0,
            ("万千瓦时", "万度", "万kwh")),
    ),
    "tCO₂/yr": (
        Uom("t", Text("吨", "tonnes"), 1.0, ("吨", "t", "tco2", "tco2/a", "tco2/yr", "tonnes")),
        Uom("kg", Text("千克", "kilograms"), 0.001, ("千克", "公斤", "kg", "kgco2")),
        Uom("10k", Text("万吨", "ten thousand tonnes"), 10_000.0, ("万吨",)),
    ),
    "kW": (
        Uom("kw", Text("千瓦", "kilowatts"), 1.0, ("千瓦", "kw")),
        Uom("mw", Text("兆瓦", "megawatts"), 1000.0, ("兆瓦", "mw")),
    ),
    "MW": (
        Uom("mw", Text("兆瓦", "megawatts"), 1.0, ("兆瓦", "mw")),
        Uom("kw", Text("千瓦", "kilowatts"), 0.001, ("千瓦", "kw")),
    ),
    "kV": (
        Uom("kv", Text("千伏", "kilovolts"), 1.0, ("千伏", "kv")),
        Uom("v", Text("伏", "volts"), 0.001, ("伏", "v")),
    ),
    "%": (
        Uom("percent", Text("百分数", "percent"), 1.0, ("%", "percent", "pct")),
        Uom("fraction", Text("小数（0–1）", "fractions (0 to 1)"), 100.0, ("fraction", "小数")),
    ),
}  # fmt: skip
"""The units of each canonical unit (`Column.unit`); the first is the canonical one itself."""

_OPENED = r"[\s_\-/()\[\]（）【】]"


def plain(text: str) -> str:
    """Return `text` without width, superscripts, case and blanks: ㎡, m² and M2 are one."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())


def uom_written(unit: str, text: str) -> Uom | None:
    """Return what `text` ("公顷", "HA", "㎡", or a key such as "mu") names for canonical `unit`."""
    words = plain(text)
    return next((u for u in UOMS.get(unit, ()) if words in (u.key, *u.spellings)), None)


def uom_in_name(unit: str, name: str) -> Uom | None:
    """Return the unit a field name ends in: "用地面积(亩)", "area_ha", "YDMJ_MU"; else None."""
    found = _ending(unit, name)
    return found[0] if found else None


def without_uom(unit: str, name: str) -> str:
    """Return a field name without the unit it ends in."""
    found = _ending(unit, name)
    return found[1] if found else name


def _ending(unit: str, name: str) -> tuple[Uom, str] | None:
    """Return the unit and the rest of the name; the longest spelling that fits wins."""
    words = plain(name).rstrip(")]）】.")
    fits = [
        (len(spelling), uom, words[: -len(spelling)])
        for uom in UOMS.get(unit, ())
        for spelling in uom.spellings
        if _ends(words, spelling)
    ]
    if not fits:
        return None
    _, uom, rest = max(fits, key=lambda one: one[0])
    return uom, re.sub(rf"{_OPENED}+$", "", rest)


def _ends(words: str, spelling: str) -> bool:
    """Return whether a name ends in a unit: letters need a sign or a Chinese character before."""
    if len(words) <= len(spelling) or not words.endswith(spelling):
        return False
    before = words[-len(spelling) - 1]
    return not (spelling[0].isascii() and spelling[0].isalpha() and before.isascii()
                and before.isalnum())  # fmt: skip
