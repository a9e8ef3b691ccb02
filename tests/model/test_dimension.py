"""Units of measure are compared by what they mean."""

from __future__ import annotations

import pytest

from carbonspace.model.dimension import conversion, dimension, near_unit, same_spelling


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


@pytest.mark.parametrize(
    ("unit", "near"),
    [("mW", "MW"), ("Kw", "kW"), ("KM/km2", "km/km2"), ("tco₂/mu", "tCO₂/mu"),
     ("tco2/mu", "tCO2/mu"), ("MW", None), ("banana", None), ("T/10⁴ m²", "t/10⁴ m²"),
     ("mwh/a", "MWh/a")],
)  # fmt: skip
def test_case_counts_in_symbols_and_the_near_unit_is_known(unit: str, near: str | None) -> None:
    assert near_unit(unit) == near
    if near is not None:
        assert conversion(unit, near) is None
        assert not same_spelling(unit, near)


def test_case_does_not_count_in_names() -> None:
    assert conversion("Person/km²", "person/km²") == 1
    assert conversion("COP", "") == 1
    assert same_spelling("Standard Vehicle/10^4 Person", "standard vehicle/10⁴ person")
