"""Classes of missed targets: every count in one of them, the same for all who ask."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from tests.outputs.town import INDICATORS, assessment

from carbonspace.outputs import write_results
from carbonspace.outputs.look import STEPS
from carbonspace.outputs.printed import looks_of_maps
from carbonspace.outputs.reading import read_results
from carbonspace.outputs.steps import NONE_MISSED, UNJUDGED, Step, step, steps
from carbonspace.outputs.writing import renew_reports

_COUNTS = st.lists(st.integers(0, 90), max_size=60)


def _parted(missed: Sequence[int]) -> tuple[Step, ...]:
    return steps(missed, [100] * len(missed))


def _ranges(missed: Sequence[int]) -> list[tuple[int, int]]:
    return [(one.low, one.high) for one in _parted(missed)]


@given(_COUNTS)
def test_every_count_is_in_exactly_one_class_and_no_class_is_empty(missed: list[int]) -> None:
    classes = _parted(missed)
    holding = [[one for one in classes if one.low <= n <= one.high] for n in missed]
    assert [len(one) for one in holding] == [1] * len(missed)
    assert {one for held in holding for one in held} == {*classes}
    assert [step(classes, n, 100) for n in missed] == [one for (one,) in holding]


@given(_COUNTS)
def test_classes_are_ordered_with_colours_from_pale_to_dark(missed: list[int]) -> None:
    parted = [one for one in _parted(missed) if one.low > 0]
    assert len(parted) == min(len({*missed} - {0}), 4)
    assert all(a.high < b.low for a, b in pairwise(parted))
    lights = [_light(one.colour) for one in parted]
    assert lights == sorted(lights, reverse=True)
    assert len({*lights}) == len(lights)


@given(_COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_units_changes_nothing(missed: list[int], dice: random.Random) -> None:
    shuffled = dice.sample(missed, len(missed))
    assert _parted(shuffled) == _parted(missed)


@given(st.lists(st.integers(1, 25), min_size=5, max_size=25))
def test_no_other_parting_has_less_spread(missed: list[int]) -> None:
    values = sorted({*missed})
    if len(values) <= 4:
        assert _ranges(missed) == [(one, one) for one in values]
        return
    least = min(
        sum(_spread(missed, values[a], values[b - 1]) for a, b in pairwise((0, *cuts, len(values))))
        for cuts in combinations(range(1, len(values)), 3)
    )
    assert sum(_spread(missed, *ends) for ends in _ranges(missed)) == pytest.approx(least)


def _spread(missed: list[int], low: int, high: int) -> float:
    held = [n for n in missed if low <= n <= high]
    mean = sum(held) / len(held)
    return sum((n - mean) ** 2 for n in held)


def _light(colour: str) -> float:
    """Return the relative luminance of a colour: what grey prints and every eye tell apart."""
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_a_plan_where_all_miss_much_is_told_apart() -> None:
    assert _ranges([8, 9, 8, 14, 15, 21, 22, 30]) == [(8, 9), (14, 15), (21, 22), (30, 30)]


def test_none_missed_and_none_judged_stay_apart() -> None:
    classes = steps([0, 0, 3], [0, 5, 5])
    assert [one.key for one in classes] == ["m0", "m2", "mx"]
    assert step(classes, 0, 0) == UNJUDGED
    assert step(classes, 0, 5) == NONE_MISSED


@pytest.mark.parametrize(("missed", "keys"), [
    ([], []), ([7], ["m2"]), ([7] * 50, ["m2"]), ([0], ["m0"]), ([1, 2], ["m1", "m3"]),
    ([1, 2, 5], ["m1", "m2", "m3"]), ([1, 2, 5, 9], ["m1", "m2", "m3", "m4"]),
])  # fmt: skip
def test_few_counts_are_a_class_each(missed: list[int], keys: list[str]) -> None:
    assert [one.key for one in _parted(missed)] == keys
    assert all(one.low == one.high for one in _parted(missed))


def test_ten_thousand_units() -> None:
    missed = [5 + (n * n) % 37 for n in range(10_000)]
    classes = _parted(missed)
    assert len(classes) == 4
    assert (classes[0].low, classes[-1].high) == (min(missed), max(missed))
    assert {step(classes, n, 100).key for n in missed} == {"m1", "m2", "m3", "m4"}


def test_titles_of_one_and_of_several() -> None:
    said = [one.title for one in _parted([1, 2, 4, 5, 20, 30])]
    assert [one.zh for one in said] == [
        "1–2 项指标未达标", "4–5 项指标未达标", "20 项指标未达标", "30 项指标未达标",
    ]  # fmt: skip
    assert [one.en for one in said] == [
        "1–2 indicators miss their targets", "4–5 indicators miss their targets",
        "20 indicators miss their targets", "30 indicators miss their targets",
    ]  # fmt: skip
    assert _parted([1, 3])[0].title == ("1 项指标未达标", "1 indicator misses its target")


def test_the_style_sheet_has_the_colours() -> None:
    written = dict(re.findall(r"\.(m[0-4x])\{fill:(#[0-9a-f]{6})\}", looks_of_maps()))
    assert written == STEPS


def test_all_outputs_have_the_same_classes_and_have_them_again(tmp_path: Path) -> None:
    town = assessment()
    folder = write_results(town, tmp_path / "out", reports=["html", "pdf"])
    page = (folder / "report.html").read_text("utf-8")
    colours = [STEPS[key] for key in ("m1", "m2", "m3")]
    assert re.findall(r'<i style="background:(#\w{6})"', page) == colours
    drawn = re.findall(r'class="unit (m\w)" data-of', page)
    assert drawn == ["m1", "m3", "m2", "m2", "m2", "m2"]
    titles = ["1 项指标未达标", "2 项指标未达标", "3 项指标未达标"]
    with closing(sqlite3.connect(folder / "results.gpkg")) as database:
        (style,) = database.execute(
            "SELECT styleQML FROM layer_styles WHERE f_table_name = 'units' AND useAsDefault"
        ).fetchone()
    assert re.findall(r'label="(\d 项指标未达标)', style) == titles
    text = PdfReader(folder / "report.pdf").pages[0].extract_text().replace("\n", "")
    assert re.findall(r"\d 项指标未达标", text) == titles
    made = read_results(folder, INDICATORS)
    files = renew_reports(made, folder, ["html"])
    assert folder / "report.html" in files
    assert (folder / "report.html").read_text("utf-8") == page
