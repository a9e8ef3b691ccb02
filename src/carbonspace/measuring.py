"""One indicator on one plan: its reading, its variations, or the reason there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd

from carbonspace.city import as_one_unit
from carbonspace.errors import InputError, MissingColumnError, MissingLayerError
from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS
from carbonspace.model.measure import Measure
from carbonspace.model.outcome import Outcome, Reading
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text

Settings = Mapping[str, Any]
View = tuple[Plan, Plan | None]
"""A prepared plan, and the same with the city as one unit where its units do not tile it."""


Other = tuple[Text, View, frozenset[str]]
"""What an alternative is called, how it is measured, and the layers it changes."""


def view_of(plan: Plan) -> View:
    """Return how a prepared plan is measured: by unit, and the city on its own if it must be."""
    return plan, as_one_unit(plan)


def outcome_of(
    one: Indicator, view: View, settings: Settings, others: Sequence[Other] = ()
) -> Outcome:
    """Measure an indicator on a plan, and on the `others` it might as well have been.

    An alternative that leaves the indicator's layers as they are is not measured again.
    """
    if reason := lacking(one, view[0]):
        return Outcome(one, None, reason)
    try:
        reading = _reading(one, view, settings)
    except MissingLayerError as error:
        return Outcome(one, None, _no_layers([error.layer]))
    except MissingColumnError as error:
        return Outcome(one, None, _no_column(error))
    used = {*one.layers, *one.optional_layers}
    varied = [
        (label, _reading(one, other, settings) if used & changed else reading)
        for label, other, changed in others
    ]
    return Outcome(one, reading, variations=(*varied, *_reaches(one, view, settings)))


def _reading(one: Indicator, view: View, settings: Settings) -> Reading:
    plan, city = view
    whole = None if city is None else _measure(one, city, settings)
    return Reading(_measure(one, plan, settings), whole)


def _measure(one: Indicator, plan: Plan, settings: Settings) -> Measure:
    layers: list[gpd.GeoDataFrame | None] = [plan.layers[key] for key in one.layers]
    layers += [plan.layers.get(key) for key in one.optional_layers]
    return one.function(*layers, **settings)


def _reaches(one: Indicator, view: View, settings: Settings) -> Iterator[tuple[Text, Reading]]:
    """Yield readings with the reach shorter and longer by the plan's position tolerance."""
    tolerance = view[0].settings.position_tolerance
    if tolerance <= 0 or not isinstance(one.reach, str):
        return
    reach = one.reach_m(settings)
    for changed in (max(reach - tolerance, 0.0), reach + tolerance):
        label = Text(f"距离按 {changed:g} 米", f"a distance of {changed:g} m")
        yield label, _reading(one, view, {**settings, one.reach: changed})


def lacking(one: Indicator, plan: Plan) -> Text | None:
    """Return which layers an indicator lacks, absent or set aside; None where it has all.

    A layer it could do without is one it lacks if the plan gives it and it cannot be used.
    """
    absent = [key for key in one.layers if key not in plan.layers and key not in plan.aside]
    reasons = [plan.aside[key] for key in (*one.layers, *one.optional_layers) if key in plan.aside]
    reasons += [_no_layers(absent)] if absent else []
    if not reasons:
        return None
    return Text("；".join(r.zh for r in reasons), "; ".join(r.en for r in reasons))


def refuse_if_nothing_is_left(chosen: Iterable[Indicator], plan: Plan) -> None:
    """Raise why layers were set aside where, without them, none of the indicators can be had.

    Raises
    ------
    InputError
        With the findings of a prepared plan.
    """
    wanted = [*chosen]
    lost = {key for one in wanted for key in (*one.layers, *one.optional_layers)} & {*plan.aside}
    if lost and all(lacking(one, plan) for one in wanted):
        raise InputError([replace(f, severity="error") if f.layer in lost and f.local else f
                          for f in plan.findings])  # fmt: skip


def _no_layers(missing: list[str]) -> Text:
    zh = "、".join(f"{LAYERS[key].title.zh}（{key}）" for key in missing)
    return Text(f"缺少图层：{zh}", f"missing layer: {', '.join(missing)}")


def _no_column(error: MissingColumnError) -> Text:
    columns = [LAYERS[error.layer].column(name) for name in error.columns]
    zh = "、".join(f"{c.title.zh}（{c.name}）" for c in columns if c is not None)
    layer = LAYERS[error.layer].title
    en = f"{error.layer}: column {' or '.join(error.columns)} is missing or empty"
    return Text(f"{layer.zh}缺少字段：{zh or '、'.join(error.columns)}", en)
