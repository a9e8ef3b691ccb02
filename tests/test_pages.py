"""The reference is that of the code: pages, pictures, index and inventory are made again."""

from __future__ import annotations

import pytest
from docs.pages import formula, inventory, writing

from carbonspace.catalogue import indicators

RUN = "out of date; run `python -m docs.pages`"


@pytest.mark.sample
def test_every_page_is_what_the_code_says() -> None:
    made = writing.files()
    stale = [path.name for path, text in made.items()
             if not path.exists() or path.read_bytes() != text.encode()]  # fmt: skip
    assert stale == [], RUN
    assert writing.strangers() == [], RUN


@pytest.mark.sample
def test_pictures_are_small() -> None:
    sizes = {path.name: len(text) for path, text in writing.files().items()}
    assert {name: n for name, n in sizes.items() if name.endswith(".svg") and n > 15_000} == {}


def test_every_indicator_has_a_page() -> None:
    there = {path.stem for path in writing.FOLDER.glob("*.md")} - {"README"}
    assert there == set(indicators()), RUN


def test_every_family_has_words_for_its_symbols() -> None:
    computed = [one for one in indicators().values() if not one.is_reported]
    assert [one.key for one in computed if not formula.terms(one)] == []


def test_every_word_for_symbols_is_that_of_an_indicator() -> None:
    assert set(formula.table()) <= set(indicators())


def test_the_inventory_has_198_rows_and_each_is_computed_or_reported() -> None:
    assert len(inventory.rows()) == 198
    assert inventory.lacking() == []


def test_every_level_that_a_row_asks_is_there_or_it_is_said_why_not() -> None:
    found = {(row.facts["id"], level) for row in inventory.rows()
             for level in inventory.levels_lacking(row)}  # fmt: skip
    assert found == {*inventory.OTHER_LEVELS}
    asked = [level for row in inventory.rows() for level in row.facts["level"].split("|")]
    assert len(asked) == 247
    assert {*asked} <= {"city", "district", "unit", "block", "parcel", "building"}


def test_rows_that_no_map_tells_are_reported() -> None:
    for row in inventory.rows():
        reported = row.facts["computable"] == "not_spatial"
        assert not row.keys or row.state.startswith("reported") == reported, row.facts["id"]
