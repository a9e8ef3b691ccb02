from __future__ import annotations

from carbonspace.indicators.amounts import AMOUNTS
from carbonspace.model.quantity import QUANTITIES, quantity_title
from carbonspace.model.text import Text


def test_every_amount_of_the_ledger_is_titled_as_its_indicator() -> None:
    named = {key.replace("_", " "): one.title for key, one in AMOUNTS.items()}
    assert {"area": Text("面积", "Area"), **named} == QUANTITIES


def test_what_is_not_known_keeps_its_name() -> None:
    assert quantity_title("floor area") == Text("建筑面积", "Floor area")
    assert quantity_title("trees") == Text("trees", "trees")
