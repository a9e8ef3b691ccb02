"""Every layer one source, every dataset one use: the draft of a plan from all that was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from carbonspace.intake import crs as crs_guess
from carbonspace.intake.derived import derivations, parks_among, unit_ids
from carbonspace.intake.draft import (
    Answers,
    Draft,
    Guess,
    Handle,
    LayerDraft,
    RasterDraft,
    Unused,
    certainty,
    handle,
)
from carbonspace.intake.guess import (
    Candidate,
    are_rings,
    candidates,
    cover_each_other,
    name_of,
    outlined_by,
    raster_kind,
)
from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Text
from carbonspace.sources.listing import Dataset

_SECOND_CHOICE = 0.75
_TODAY = "现状"
_BASE = ("units", "parcels", "city")
_NOTHING_TELLS = Text("名称、字段和取值都看不出是什么图层",
                      "neither name nor fields nor values tell what it is")  # fmt: skip
_TAKEN = Text("同类栅格已取自其他文件", "a raster of its kind is read from another file")
_EMPTY_FEED = Text("没有规划图层可用的内容", "it holds nothing that a plan uses")


def drafted(datasets: Sequence[Dataset], answers: Answers, name: str) -> Draft:
    """Return the plan that `datasets` would make, as far as they and `answers` tell."""
    refused = {handle(d): why for d in datasets if (why := _refusal(d, datasets, answers))}
    useful = [d for d in datasets if handle(d) not in refused]
    rasters, used_rasters = _rasters(useful)
    options = {handle(d): _options(d, answers) for d in useful if d.kind != "raster"}
    chosen = _chosen([c for found in options.values() for c in found])
    parts = {c.guess.value: further_parts(c, options, chosen) for c in chosen}
    layers = [replace(_layer(one, answers), parts=parts[one.guess.value]) for one in chosen]
    taken = {handle(d) for c in chosen for d in (c.dataset, *parts[c.guess.value])}
    unused = [_unused(d, refused, options, chosen) for d in datasets
              if handle(d) not in taken | used_rasters]  # fmt: skip
    layers += parks_among(layers)
    layers = unit_ids(layers)
    layers.sort(key=lambda one: [*LAYERS].index(one.key))
    draft = Draft(name, tuple(layers), tuple(rasters), tuple(unused), derivations(layers))
    return _placed(draft)


def _refusal(dataset: Dataset, others: Sequence[Dataset], answers: Answers) -> Text | None:
    """Return why a dataset cannot be a layer, or None."""
    if answers.roles.get(handle(dataset)):
        return None
    if handle(dataset) in answers.roles:
        return Text("由您指定不用", "you said it is not used")
    if dataset.kind == "unreadable":
        return _fault(dataset)
    if dataset.kind == "table":
        return Text("没有几何图形", "it has no geometry")
    if dataset.kind != "raster" and not dataset.gives and not dataset.features:
        return Text("没有要素", "it has no features")
    return _no_road(dataset, others)


def _no_road(dataset: Dataset, others: Sequence[Dataset]) -> Text | None:
    if dataset.kind != "line":
        return None
    if (other := outlined_by(dataset, others)) is not None:
        return Text(f"是 {name_of(other)} 各面的轮廓线，不是道路",
                    f"its lines are the outlines of {name_of(other)}, not roads")  # fmt: skip
    if are_rings(dataset):
        return Text("线首尾闭合，是轮廓而非道路中心线",
                    "its lines are closed: outlines, not centrelines")  # fmt: skip
    return None


def _fault(dataset: Dataset) -> Text:
    if not dataset.findings:
        return Text("无法读取", "it cannot be read")
    one = dataset.findings[0]
    return Text(f"{one.what.zh}：{one.found_in('zh')}", f"{one.what.en}: {one.found_in('en')}")


def _rasters(datasets: Sequence[Dataset]) -> tuple[list[RasterDraft], set[Handle]]:
    """Return the first raster of each kind that a name tells."""
    found: dict[str, RasterDraft] = {}
    for one in datasets:
        guess = raster_kind(one) if one.kind == "raster" else None
        if guess is not None and guess.value not in found:
            found[guess.value] = RasterDraft(guess, one)
    return [*found.values()], {handle(one.dataset) for one in found.values()}


def _options(dataset: Dataset, answers: Answers) -> list[Candidate]:
    """Return what a dataset may be, without what is much less likely than the best."""
    found = candidates(dataset, answers.fields, answers.roles.get(handle(dataset)))
    best = found[0].guess.score if found else 0.0
    return [one for one in found if dataset.gives or one.guess.score >= _SECOND_CHOICE * best]


def _chosen(options: list[Candidate]) -> list[Candidate]:
    """Return at most one source for each layer; only a feed serves several layers."""
    chosen: dict[str, Candidate] = {}
    used: set[Handle] = set()
    for one in sorted(options, key=_rank):
        place = handle(one.dataset)
        if one.guess.value in chosen or (place in used and not one.dataset.gives):
            continue
        chosen[one.guess.value] = one
        used.add(place)
    return [*chosen.values()]


def further_parts(
    one: Candidate, options: Mapping[Handle, list[Candidate]], chosen: Sequence[Candidate]
) -> tuple[Dataset, ...]:
    """Return other files of the same layer: the same fields and CRS, but other ground.

    What is and what is planned may have the same fields; they lie on one another.
    """
    taken = {handle(c.dataset) for c in chosen}
    found = [o[0].dataset for place, o in options.items()
             if o and place not in taken and o[0].guess.value == one.guess.value]  # fmt: skip
    parts: list[Dataset] = []
    for other in found:
        if all(_continues(other, d) for d in (one.dataset, *parts)):
            parts.append(other)
    return tuple(parts)


def _continues(other: Dataset, one: Dataset) -> bool:
    """Return whether two datasets look like parts of one layer, and neither copies the other."""
    alike = (other.fields, other.crs, other.kind) == (one.fields, one.crs, one.kind)
    copied = (other.bounds, other.features) == (one.bounds, one.features)
    possible = alike and not copied and bool(one.fields) and not one.gives
    return possible and other.source != one.source and not cover_each_other(other, one)


def _rank(one: Candidate) -> tuple[int, bool, float, int]:
    """Return the order of choice: the plan's own layers, then feeds, then what is unsure.

    What is planned goes before what is there.
    """
    unsure = certainty(one.guess.score) == "unsure"
    tier = 1 if one.dataset.gives else 2 if unsure else 0
    # A timetable knows its stops; a map of the whole town has a bit of everything.
    return tier, _TODAY in name_of(one.dataset), -one.guess.score, len(one.dataset.gives)


def _layer(one: Candidate, answers: Answers) -> LayerDraft:
    said = answers.crs.get(handle(one.dataset))
    crs, axes = (said.value, said.axes) if said else (None, "")
    return LayerDraft(one.guess, one.dataset, one.columns, one.where, crs, axes)


def _unused(
    dataset: Dataset, refused: Mapping[Handle, Text], options: Mapping[Handle, list[Candidate]],
    chosen: Sequence[Candidate],
) -> Unused:  # fmt: skip
    place = handle(dataset)
    if place in refused:
        return Unused(dataset, refused[place])
    found = options.get(place, [])
    if dataset.kind == "raster":
        return Unused(dataset, _TAKEN if raster_kind(dataset) else _NOTHING_TELLS)
    if not found:
        return Unused(dataset, _EMPTY_FEED if dataset.kind == "feed" else _NOTHING_TELLS,
                      open=dataset.kind != "feed")  # fmt: skip
    key = found[0].guess.value
    taken = next((c for c in chosen if c.guess.value == key), found[0])
    title, other = LAYERS[key].title, name_of(taken.dataset)
    why = Text(f"可能是{title.zh}，但 {key} 取自 {other}",
               f"it may be {key}, but {key} is read from {other}")  # fmt: skip
    return Unused(dataset, why)


def _placed(draft: Draft) -> Draft:
    """Return the draft with the CRS it is measured in, and proposals where none fits."""
    known = [*_places(draft)]
    place = crs_guess.near(known)
    layers = tuple(
        one if spot is not None or one.dataset.bounds is None
        else replace(one, is_placeless=True,
                     crs_options=crs_guess.options(one.dataset, place))
        for one, spot in zip(draft.layers, known, strict=True)
    )  # fmt: skip
    base = next((one for key in _BASE for one in layers if one.key == key), None)
    base = base or next(iter(layers), None)
    crs = crs_guess.plan_crs(base.dataset if base else None, _crs_of(base) if base else None, place)
    options = base.crs_options if base and crs is None else ()
    return replace(draft, layers=layers, crs=crs, crs_options=_projected(options))


def _places(draft: Draft) -> Iterator[tuple[float, float] | None]:
    for one in draft.layers:
        yield crs_guess.place_of(one.dataset, _crs_of(one), one.axes)


def _crs_of(layer: LayerDraft) -> str | None:
    return layer.crs or layer.dataset.crs


def _projected(options: Sequence[Guess]) -> tuple[Guess, ...]:
    return tuple(one for one in options if one.value not in ("EPSG:4326", "EPSG:4490"))
