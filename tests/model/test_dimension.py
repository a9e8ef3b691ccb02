"""Units of measure are compared by what they mean."""

from __future__ import annotations

import pytest

from carbonspace.model.dimension import conversion, dimension


@pytest.mark.parametrize(
    ("unit", "into", "factor"),
    [
        ("km/km2", "km/km²", 1), ("公里/平方公里", "km/km²", 1), ("m²/人", "m2/person", 1),
        ("ft", "m", 0.3048), ("ratio", "%", 100), ("%", "ratio", 0.01), ("ha", "km²", 0.01),
        ("person/ha", "person/km²", 100), ("万人", "person", 10_000), ("亩", "ha", 1 / 15),
        ("10⁴ yuan/ha", "yuan/m²", 1), ("space/100 m²", "space/m²", 0.01), ("座/km²", "1/km²", 1),
        ("person/station", "person", 1), ("floors", "", 1), ("kWh", "MWh", 0.001),
        ("tCO2/mu", "t/ha", 15), ("", "%", None), ("%", "", None), ("count", "%", None),
        ("kg", "m", None), ("banana", "m", None), ("m", "m²", None), ("m²/person", "m²", None),
    ],
)  # fmt: skip
def test_what_one_unit_is_in_another(unit: str, into: str, factor: float | None) -> None:
    assert conversion(unit, into) == (None if factor is None else pytest.approx(factor))


def test_a_word_nobody_knows_is_no_unit() -> None:
    assert dimension("m width") is None
    assert dimension("m2 (unit missing)") is None
