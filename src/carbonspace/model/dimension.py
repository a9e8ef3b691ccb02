"""What a unit of measure means, so that km/km², km/km2 and 公里/平方公里 are one and the same."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import NamedTuple


class Dimension(NamedTuple):
    """A unit as `factor` times a product of basic units, and the power of each of those."""

    factor: float
    powers: tuple[tuple[str, int], ...]


_ATOMS: dict[str, tuple[float, dict[str, int]]] = {
    "": (1.0, {}), "ratio": (1.0, {}), "count": (1.0, {}), "floor": (1.0, {}), "star": (1.0, {}),
    "type": (1.0, {}), "cop": (1.0, {}), "eer": (1.0, {}), "%": (0.01, {}), "station": (1.0, {}),
    "m": (1.0, {"m": 1}), "km": (1e3, {"m": 1}), "cm": (1e-2, {"m": 1}), "mm": (1e-3, {"m": 1}),
    "ft": (0.3048, {"m": 1}), "ha": (1e4, {"m": 2}), "mu": (1e4 / 15, {"m": 2}),
    "person": (1.0, {"person": 1}), "household": (1.0, {"household": 1}),
    "space": (1.0, {"space": 1}), "job": (1.0, {"job": 1}), "building": (1.0, {}),
    "s": (1.0, {"s": 1}), "min": (60.0, {"s": 1}), "h": (3600.0, {"s": 1}),
    "d": (86400.0, {"s": 1}), "a": (31_536_000.0, {"s": 1}), "°": (1.0, {"°": 1}),
    "t": (1.0, {"t": 1}), "kg": (1e-3, {"t": 1}), "tCO2": (1.0, {"t": 1}),
    "kW": (1.0, {"kW": 1}), "MW": (1e3, {"kW": 1}), "kWp": (1.0, {"kW": 1}),
    "kWh": (3600.0, {"kW": 1, "s": 1}), "MWh": (3.6e6, {"kW": 1, "s": 1}),
    "kV": (1.0, {"kV": 1}), "V": (1e-3, {"kV": 1}), "yuan": (1.0, {"yuan": 1}),
    "vehicle": (1.0, {"vehicle": 1}),
}  # fmt: skip
_SPOKEN = {
    "平方公里": "km2", "平方千米": "km2", "平方米": "m2", "立方米": "m3", "公顷": "ha", "亩": "mu",
    "公里": "km", "千米": "km", "米": "m", "小时": "h", "分钟": "min", "人": "person",
    "户": "household", "车位": "space", "层": "floor", "座": "count", "处": "count",
    "个": "count", "年": "a", "日": "d", "吨": "t", "元": "yuan", "万": "10^4*",
    "percentagepoint": "%", "percent": "%", "standardvehicle": "vehicle", "persons": "person",
    "people": "person",
    "floors": "floor", "stars": "star", "types": "type", "buildings": "building",
    "spaces": "space", "yr": "a", "deg": "°", "degree": "°", "year": "a",
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z]{4,}|(?<![a-z])(?:cop|eer|job|mu|yr|deg)(?![a-z])", re.IGNORECASE)
"""What is no symbol: written in any case. In symbols case counts, a mW is no MW."""
_LETTERS = re.compile(r"[A-Za-z]+")
_POWER = re.compile(r"(?P<atom>[^\d^]*)\^?(?P<power>\d*)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:\^\d+)?")


def dimension(unit: str) -> Dimension | None:
    """Return what a unit means; None where a word of it is not known.

    Products are written with `·` or `*`, quotients with `/` (all after it divides): `m²/person`,
    `10^4 yuan/ha`, `space/100 m²`.
    """
    factor, powers = 1.0, dict[str, int]()
    for position, side in enumerate(_plain(unit).split("/")):
        sign = -1 if position else 1
        for word in filter(None, side.split("*")):
            read = _word(word)
            if read is None:
                return None
            factor *= read[0] ** sign
            for name, power in read[1].items():
                powers[name] = powers.get(name, 0) + sign * power
    return Dimension(factor, tuple(sorted((n, p) for n, p in powers.items() if p)))


def conversion(unit: str, into: str) -> float | None:
    """Return by what a figure in `unit` is multiplied to be one in `into`; None: it cannot be.

    A bare number is no percentage: 70 with no unit is never taken for 70 %, nor for 0.7.
    """
    if unit == into:
        return 1.0
    one, other = dimension(unit), dimension(into)
    if one is None or other is None or one.powers != other.powers:
        return None
    if _is_bare(unit, into) or _is_bare(into, unit):
        return None
    factor = one.factor / other.factor
    return 1.0 if math.isclose(factor, 1.0) else factor


def near_unit(unit: str) -> str | None:
    """Return a unit as it is written where only the case of its symbols is wrong, else None.

    `mw` is near `MW`; a milliwatt, which nobody plans with, is no unit here.
    """
    symbols = {atom.casefold().rstrip("2"): atom.rstrip("2") for atom in _ATOMS}
    right = _LETTERS.sub(lambda word: symbols.get(word[0].casefold(), word[0]), unit)
    return right if right != unit and dimension(right) is not None else None


def same_spelling(unit: str, other: str) -> bool:
    """Return whether two units are written alike: t/10^4 m2 is t/10⁴ m², and mW is no MW."""
    return _spelled(unit) == _spelled(other)


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₂", "01234567892", "^ ·*")


def _spelled(unit: str) -> str:
    return _names_folded(unit).translate(_SUPERSCRIPTS)


def _names_folded(text: str) -> str:
    return _NAME.sub(lambda name: name[0].casefold(), text)


def _is_bare(unit: str, other: str) -> bool:
    """Return whether a percentage stands against a number that does not say it is a ratio."""
    return _plain(unit) == "%" and _plain(other) not in ("%", "ratio")


def _plain(unit: str) -> str:
    """Return a unit without superscripts, blanks and Chinese: m²/人 is m2/person."""
    spelled = re.sub(r"10([⁰¹²³⁴-⁹]+)", r"10^\1", unit)
    text = _names_folded(unicodedata.normalize("NFKC", spelled).strip())
    text = re.sub(r"(?<=\d) (?=\D)", "*", text).replace("·", "*").replace(" ", "")
    for spoken in sorted(_SPOKEN, key=len, reverse=True):
        pattern = rf"(?<![A-Za-z]){spoken}(?![A-Za-z])" if spoken.isascii() else spoken
        text = re.sub(pattern, _SPOKEN[spoken], text)
    return text


def _word(word: str) -> tuple[float, dict[str, int]] | None:
    if word in _ATOMS:
        return _ATOMS[word]
    if _NUMBER.fullmatch(word):
        base, _, power = word.partition("^")
        return float(base) ** float(power or 1), {}
    found = _POWER.fullmatch(word)
    if found is None or found["atom"] not in _ATOMS:
        return None
    factor, powers = _ATOMS[found["atom"]]
    times = int(found["power"] or 1)
    return factor**times, {name: power * times for name, power in powers.items()}
