"""Land-use codes: the 2023 classification (用地用海分类), and the older letters of GB 50137.

Codes are text of two, four or six digits; a longer code lies inside the shorter one it starts
with, so land use is always matched by prefix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal, NamedTuple

import pandas as pd

from carbonspace.model.tables import rows_of
from carbonspace.model.text import Text

How = Literal["as given", "left-padded", "crosswalk", "unknown"]


class LandUse(NamedTuple):
    """One class of the 2023 classification. `parent` is None for the first level."""

    code: str
    name: Text
    parent: str | None


CODES: Mapping[str, LandUse] = {
    row["code"]: LandUse(row["code"], Text(row["name_zh"], row["name_en"]), row["parent"] or None)
    for row in rows_of("landuse_codes.csv")
}
"""Every class of the 2023 classification, by code."""

CROSSWALK: Mapping[str, str] = {
    row["gb50137_code"]: row["mnr2023_code"] for row in rows_of("landuse_crosswalk.csv")
}
"""2023 code of each GB 50137-2011 letter code. Not verified: see `evidence` in the file."""

FILLS: Mapping[str, str] = {
    "01": "#fdf3c8", "02": "#e3e8a4", "03": "#7fb37a", "04": "#c5dfa0", "05": "#a8d5c2",
    "06": "#e4d7b4", "07": "#ffe866", "08": "#f27fb2", "09": "#e8453c", "10": "#a87848",
    "11": "#94708f", "12": "#b9bcc0", "13": "#7fa3b8", "14": "#5fbf5a", "15": "#6f7a52",
    "16": "#f4f4f0", "17": "#9fd0ee", "18": "#b8e2ee", "19": "#93b7cf", "20": "#a9bccb",
    "21": "#8fdcd8", "22": "#7c93a8", "23": "#e6e2d8", "24": "#cfe8f5",
}  # fmt: skip
"""Fill colour of each first-level class on maps, after the convention of the field."""

NO_FILL = "#ececec"

# One or more letter codes: joined by a sign ("R2/B1"), or, after a digit, by nothing ("B1R2").
_LETTERS = re.compile(
    r"([A-Z]\d*)(?:\s*[/+,;、，；&()（）\-]\s*[A-Z]\d*|(?<=\d)[A-Z]\d*)*[^A-Z\d]*"
)
_DIGITS = re.compile(r"(\d{1,6})(?:\.0+)?(?!\d)")


def level(code: str) -> int:
    """Return the level of a 2023 code: 1, 2 or 3."""
    return len(code) // 2


def name_of(code: str | None) -> Text:
    """Return the name of a code, or of the nearest class that holds it."""
    for length in (6, 4, 2):
        if code and code[:length] in CODES:
            return CODES[code[:length]].name
    return Text("未知用地", "Unknown land use")


def fill(code: str | None) -> str:
    """Return the map colour of a code's first-level class, light grey where it has none."""
    return FILLS.get(code[:2], NO_FILL) if isinstance(code, str) else NO_FILL


CONSTRUCTION_LAND = tuple(f"{code:02d}" for code in range(7, 17))
"""First-level classes of construction land (建设用地), 07 to 16."""


def matches(codes: pd.Series, prefixes: tuple[str, ...]) -> pd.Series:
    """Return True where a code starts with one of `prefixes`; a missing code is False."""
    hits = [c for c in codes.unique() if isinstance(c, str) and c.startswith(tuple(prefixes))]
    return codes.isin(hits)


def normalise(raw: pd.Series) -> pd.DataFrame:
    """Turn land-use codes as found in files into 2023 codes.

    Parameters
    ----------
    raw
        Text or numbers: 2023 codes, also without their leading zero (701, 70102.0), or
        GB 50137-2011 letters, also combined ("R2/B1", "B1R2": the first counts) and finer
        than the crosswalk ("U23" is taken as U2).

    Returns
    -------
    DataFrame
        On `raw.index`: `code`, and `how` it was found: "as given", "left-padded" (an odd number
        of digits had lost its leading zero), "crosswalk", or "unknown". An unknown code is kept
        where its first-level class is known, so that it still matches by prefix; else it is
        null.
    """
    which, distinct = pd.factorize(raw)
    found = [*(_normalised(_written(value)) for value in distinct), (None, "unknown")]
    table = pd.DataFrame(found, columns=["code", "how"], dtype="str")
    return table.iloc[which].set_index(raw.index)


def _written(value: object) -> str:
    return str(value).strip().upper()


@cache
def _normalised(text: str) -> tuple[str | None, How]:
    """Return the 2023 code of one written code, and how it was found."""
    if letters := _LETTERS.fullmatch(text):
        code = _crossed(letters.group(1))
        return code, "crosswalk" if code else "unknown"
    digits = _DIGITS.match(text)
    if digits is None:
        return None, "unknown"
    padded = digits.group(1).zfill(len(digits.group(1)) + len(digits.group(1)) % 2)
    if padded[:2] not in CODES:
        return None, "unknown"
    if padded not in CODES or digits.end() != len(text):
        return padded, "unknown"
    return padded, "as given" if padded == digits.group(1) else "left-padded"


def _crossed(letters: str) -> str | None:
    """Return the 2023 code of a letter code, or of the nearest shorter one."""
    shorter = (letters[:end] for end in range(len(letters), 0, -1))
    return next((CROSSWALK[code] for code in shorter if code in CROSSWALK), None)
