"""What tiles tell, put together: of the whole plan, of each question, and what was noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from carbonspace.digest import digest_of
from carbonspace.errors import SourceError
from carbonspace.measuring import Question
from carbonspace.model.exemption import EXEMPTION
from carbonspace.model.finding import Finding
from carbonspace.model.measure import Measure, joined
from carbonspace.model.outcome import Outcome, Reading
from carbonspace.model.policy import FAULTS
from carbonspace.model.shared import ANSWERS
from carbonspace.model.text import Text
from carbonspace.past.rows import rows_of
from carbonspace.tiled.counting import ZONES, zones_layer
from carbonspace.tiled.files import Outcomes, as_finding, packed_layers, put
from carbonspace.tiled.settling import columns_of
from carbonspace.tiled.tasks import Tile

if TYPE_CHECKING:
    from carbonspace.tiled.evaluating import Work

Receipts = Sequence[Mapping[str, Any]]
Facts = list[list[Any]]
_TOGETHER: Mapping[str, Callable[[list[Any]], Any]] = {
    "unknown": all,
    "nowhere positive": all,
    "greatest": max,
}


def agreed(receipts: Receipts) -> None:
    """Raise where tiles decided differently of a whole column.

    Raises
    ------
    SourceError
        With every column they do not agree on.
    """
    said = dict[str, list[Any]]()
    for one in receipts:
        for name, decided in one["decisions"].items():
            said.setdefault(name, []).append(decided)
    apart = [name for name, found in said.items() if any(one != found[0] for one in found)]
    if apart:
        listed = "; ".join(apart)
        raise SourceError(
            f"tiles read a column in different ways ({listed}): in some it has no value, or "
            "looks as if it were in another unit. Fill it in or map it everywhere, or evaluate "
            "the plan in one process.",
            f"各图块对字段的理解不一致（{listed}）：部分图块中没有数值，或单位看似不同。"
            "请在各处补全或统一该字段，或在单个进程中评估该规划。",
        )


def facts_of(receipts: Receipts, columns: Mapping[str, gpd.GeoDataFrame]) -> Facts:
    """Return what all tiles together answer about columns: `[asked, layer, column, answer]`."""
    said = dict[tuple[str, str, str], list[Any]]()
    for one in receipts:
        for key, facts in one["facts"].items():
            for asked, column, found in facts:
                said.setdefault((asked, key, column), []).append(found)
    known = {key for _, key, _ in said}
    merged = [[*fact, _merged(fact[0], found)] for fact, found in said.items()]
    return merged + [[asked, key, column, _none(asked, layer, column)]
                     for key, layer in columns.items() if key not in known
                     for column in layer.columns.drop(layer.geometry.name)
                     for asked in ("unknown", "values")]  # fmt: skip


def _merged(asked: str, found: list[Any]) -> Any:
    if asked != "values":
        return _TOGETHER[asked](found)
    if any(one is None for one in found):
        return None
    return sorted({value for one in found for value in one})


def _none(asked: str, layer: gpd.GeoDataFrame, column: str) -> Any:
    found = ANSWERS[asked](layer, column)
    return sorted(found) if isinstance(found, frozenset) else found


def put_whole(
    work: Work, cut: Sequence[Tile], receipts: Receipts
) -> tuple[dict[str, gpd.GeoDataFrame], str]:
    """Put down what is known of the whole plan; return the columns of its layers, and the name."""
    columns: dict[str, gpd.GeoDataFrame] = {}
    for tile in cut:
        columns |= columns_of(tile, columns)
    facts = facts_of(receipts, columns)
    columns.pop("units", None)
    ground = {"units": work.ground.layers["units"]}
    if work.amounts:
        ground[ZONES] = zones_layer(work.city, work.crs)
    said = {key: rows_of(layer).digest for key, layer in {**ground, **columns}.items()}
    name = digest_of(["whole", work.request.frame, said, facts])
    put(work.folder, name, packed_layers({**ground, **columns}, facts=facts), {})
    return columns, name


def exempt_of(receipts: Receipts) -> dict[str, gpd.GeoDataFrame]:
    """Return by layer the features that their own column says to be exempt, without geometry."""
    said = dict[str, dict[str, str]]()
    for one in receipts:
        for key, reasons in one["exempt"].items():
            said.setdefault(key, {}).update(reasons)
    tables = {key: pd.DataFrame({EXEMPTION: pd.Series(reasons, dtype=object)})
              for key, reasons in said.items()}  # fmt: skip
    return {key: gpd.GeoDataFrame(table, geometry=[None] * len(table))
            for key, table in tables.items()}  # fmt: skip


def outcome_of_tiles(question: Question, parts: Sequence[Outcome], units: pd.Index) -> Outcome:
    """Return what a question came to in all tiles.

    A reason of one tile is that of the whole. A tile without a reading of the plan otherwise has
    nothing there that would change it: its own reading counts.
    """
    for one in parts:
        if one.reading is None:
            return replace(one, indicator=question.one)
    base = [_units(one.reading) for one in parts]
    others = [{label: _units(reading) for label, reading in one.variations} for one in parts]
    labels = dict.fromkeys(label for some in others for label in some)
    variations = tuple(
        (label, Reading(joined([some.get(label, own)
                                for some, own in zip(others, base, strict=True)], units)))
        for label in sorted(labels, key=_as_told)
    )  # fmt: skip
    return Outcome(question.one, Reading(joined(base, units)), variations=variations)


def with_city(outcome: Outcome, city: Outcome) -> Outcome:
    """Return what a question came to in the units with what it came to in the city alone.

    Where that has no reading the city is the sum of its units.
    """
    if (base := outcome.reading) is None:
        return outcome
    units, whole = dict(outcome.variations), dict(city.variations)
    labels = sorted(dict.fromkeys((*units, *whole)), key=_as_told)
    variations = tuple((label, _of_both(units.get(label, base), whole.get(label)))
                       for label in labels)  # fmt: skip
    return replace(outcome, reading=_of_both(base, city.reading), variations=variations)


def _of_both(units: Reading, city: Reading | None) -> Reading:
    return Reading(units.units, None if city is None else city.units)


def _units(reading: Reading | None) -> Measure:
    assert reading is not None
    return reading.units


def _as_told(label: Text) -> int:
    """Return in which order readings otherwise are told: faults first, as they are looked for."""
    titles = [one.title.en for one in FAULTS.values()]
    fault = label.en.split(":", maxsplit=1)[0]
    return titles.index(fault) if fault in titles else len(titles)


def findings_of(receipts: Receipts) -> list[Finding]:
    """Return what tiles noticed, each once; what speaks of no place is told of the first tile."""
    found = dict[tuple[Any, ...], Finding]()
    count = dict[tuple[Any, ...], int]()
    for one in receipts:
        for finding in map(as_finding, one["findings"]):
            if finding.layer in ("units", "city"):
                continue
            key = _key(finding)
            found.setdefault(key, finding)
            count[key] = count.get(key, 0) + 1
    return [one if _is_placed(one) or len(receipts) == 1 else _of_some(one, count[key])
            for key, one in found.items()]  # fmt: skip


def _key(one: Finding) -> tuple[Any, ...]:
    if _is_placed(one):
        return one.severity, one.layer, one.what, one.found, one.feature
    return one.severity, one.layer, one.what


def _is_placed(one: Finding) -> bool:
    return one.feature is not None or one.where is not None


def _of_some(one: Finding, tiles: int) -> Finding:
    zh, en = one.found_in("zh"), one.found_in("en")
    return replace(one, found=Text(f"{zh}（其中一块；共 {tiles} 块有此提示）",
                                   f"{en} (in one tile; {tiles} tiles say so)"))  # fmt: skip


def outcomes_joined(
    questions: Mapping[str, Question], parts: Sequence[Outcomes], units: pd.Index
) -> Outcomes:
    """Return what each question came to in all tiles."""
    return {key: outcome_of_tiles(question, [some[key] for some in parts], units)
            for key, question in questions.items()}  # fmt: skip


def summed(seconds: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the seconds of each question in all tiles."""
    total = dict[str, float]()
    for one in seconds:
        for key, spent in one.items():
            total[key] = round(total.get(key, 0.0) + spent, 4)
    return total
