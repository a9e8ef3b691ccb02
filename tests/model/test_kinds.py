"""Values of parameters: what each kind takes, as what, and what it refuses."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import numpy as np
import pytest

from carbonspace.indicators._panels import Tilt
from carbonspace.indicators._power import GridYear
from carbonspace.indicators._roof import Coefficients
from carbonspace.indicators.parks import Tiers
from carbonspace.model.indicator import (
    Codes,
    Count,
    LandClasses,
    LandCodes,
    Metres,
    Percent,
    RoadClasses,
    SquareMetres,
    TransitModes,
)
from carbonspace.model.kinds import kind_of

Who = Literal["residents", "jobs"]


@pytest.mark.parametrize(
    ("hint", "value", "read"),
    [
        (Metres, 300, 300.0), (Metres, 0, 0.0), (Metres, np.int64(3), 3.0),
        (SquareMetres, 0.5, 0.5),
        (Percent, 100, 100.0), (Count, 1, 1), (Count, np.int64(8), 8), (bool, True, True),
        (Codes, ["a", "b"], ("a", "b")), (LandCodes, ("07", "080401"), ("07", "080401")),
        (LandClasses, ["07", "08"], ("07", "08")), (RoadClasses, ["local"], ("local",)),
        (TransitModes, ["bus", "brt"], ("bus", "brt")), (Who, "jobs", "jobs"),
        (Tiers, [[5000, 500], [2000, 300]], ((5000.0, 500.0), (2000.0, 300.0))),
        (Coefficients, [["flat", "", 0.5], ["flat", "07", 1]],
         (("flat", "", 0.5), ("flat", "07", 1.0))),
        (Tilt, "best", "best"), (Tilt, 25, 25.0), (GridYear, "newest", "newest"),
        (GridYear, 2022, 2022),
    ],
)  # fmt: skip
def test_what_is_taken(hint: Any, value: Any, read: Any) -> None:
    found = kind_of(hint, read).read(value)
    assert found == read
    assert type(found) is type(read)


NO_NUMBERS: tuple[Any, ...] = (
    -1, math.nan, math.inf, -math.inf, "5", [5], True, None, {}, 1 + 2j,
)  # fmt: skip


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        *((h, v) for h in (Metres, SquareMetres, Percent, Count) for v in NO_NUMBERS),
        (Percent, 100.1), (Count, 0), (Count, 2.5), (Count, 64.0), (Metres, np.float64("nan")),
        (bool, 1), (bool, "true"), (bool, None),
        (Tilt, "steep"), (Tilt, 91), (Tilt, None), (Tilt, ["best"]), (GridYear, 2022.5),
        (Codes, "07"), (Codes, []), (Codes, ["07", "07"]), (Codes, [7]), (Codes, {"07": 1}),
        (LandCodes, ["R2"]), (LandCodes, ["7"]), (LandCodes, [""]), (LandCodes, ["99"]),
        (LandClasses, ["07"]), (RoadClasses, ["motorway"]), (TransitModes, ["taxi"]),
        (Who, "both"), (Who, ["jobs"]), (Who, 1),
        (Tiers, []), (Tiers, [5000, 500]), (Tiers, [[5000]]), (Tiers, [[5000, -1]]),
        (Tiers, [[2000, 300], [5000, 500]]), (Tiers, [[2000, 300], [2000, 500]]), (Tiers, 5000),
        (Coefficients, [["flat", "", 1.1]]), (Coefficients, [["thatch", "", 0.5]]),
        (Coefficients, [["flat", "R2", 0.5]]), (Coefficients, [["flat", "", True]]),
        (Coefficients, [["flat", "", 0.5], ["flat", "", 0.6]]), (Coefficients, []),
    ],
)  # fmt: skip
def test_what_is_refused(hint: Any, value: Any) -> None:
    assert not kind_of(hint, ("07",)).accepts(value)


def test_a_list_may_be_empty_where_its_default_is() -> None:
    assert kind_of(LandCodes, ()).read([]) == ()
    assert not kind_of(LandCodes, ("07",)).accepts([])


def test_an_annotation_without_a_kind_is_a_fault_of_the_declaration() -> None:
    for hint in (dict[str, int], Annotated[list[int], "ids"], int | None):
        with pytest.raises(TypeError, match="name its kind"):
            kind_of(hint, None)


def test_what_is_expected_says_the_bounds_and_the_unit() -> None:
    assert kind_of(Metres, 1).expected.en == "a finite number, 0 or more (m)"
    assert kind_of(Percent, 1).expected.zh == "0 至 100 的有限的数（%）"
    assert "'bus'" in kind_of(TransitModes, ("bus",)).expected.en
