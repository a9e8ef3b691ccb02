"""Why an indicator cannot be measured: which layers, columns or rasters it lacks, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd

from carbonspace.errors import InputError, MissingColumnError
from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS
from carbonspace.model.plan import Plan
from carbonspace.model.rasters import PREFIX, title_of
from carbonspace.model.text import Text
from carbonspace.model.weather import WEATHER


def lacking(one: Indicator, plan: Plan, settings: Mapping[str, Any] | None = None) -> Text | None:
    """Return which layers an indicator lacks, absent or set aside; None where it has all.

    A layer it could do without is one it lacks if the plan gives it and it cannot be used. So it
    is with weather, and with rasters that it looks at under these settings, the default ones where
    none are given.
    """
    given = {*plan.layers, *plan.aside, *(PREFIX + kind for kind in plan.rasters)}
    absent = [key for key in (*one.layers, *_named(one.rasters)) if key not in given]
    used = _seen(one, one.settings({}) if settings is None else settings)
    reasons = [plan.aside[key] for key in used if key in plan.aside]
    reasons += [no_layers(absent)] if absent else []
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
    lost = {key for one in wanted for key in _seen(one, one.settings({}))}
    lost &= {*plan.aside}
    if lost and all(lacking(one, plan) for one in wanted):
        raise InputError([replace(f, severity="error") if f.layer in lost and f.local else f
                          for f in plan.findings])  # fmt: skip


def _seen(one: Indicator, settings: Mapping[str, Any]) -> list[str]:
    """Return all an indicator takes of a plan under these settings, as findings name it."""
    rasters = _named(one.rasters_under(settings))
    return [*one.used, *rasters, *([WEATHER] if one.sees_weather else [])]


def _named(kinds: Iterable[str]) -> list[str]:
    return [PREFIX + kind for kind in kinds]


def no_layers(missing: list[str]) -> Text:
    """Return which layers are missing."""
    zh = "、".join(f"{title_of(key).zh}（{key}）" for key in missing)
    return Text(f"缺少图层：{zh}", f"missing layer: {', '.join(missing)}")


def required_column(
    error: KeyError, layers: Mapping[str, gpd.GeoDataFrame | None]
) -> MissingColumnError | None:
    """Return the column that every layer of its kind must have and this one lacks, if it is that.

    Layers that are read from files always have it; those that a program hands over may not.
    """
    name = str(error.args[0]) if error.args else ""
    for key, layer in layers.items():
        column = LAYERS[key].column(name)
        if layer is not None and name not in layer and column is not None and column.required:
            return MissingColumnError(key, name)
    return None


def no_column(error: MissingColumnError) -> Text:
    """Return which column of a layer is missing or empty."""
    columns = [LAYERS[error.layer].column(name) for name in error.columns]
    zh = "、".join(f"{c.title.zh}（{c.name}）" for c in columns if c is not None)
    layer = LAYERS[error.layer].title
    en = f"{error.layer}: column {' or '.join(error.columns)} is missing or empty"
    return Text(f"{layer.zh}缺少字段：{zh or '、'.join(error.columns)}", en)


def unfit(error: InputError) -> Text:
    """Return what makes a raster unfit for one indicator, though it may serve others."""
    said = [(f"{f.what.zh}。{f.action.zh}", f"{f.what.en}. {f.action.en}") for f in error.findings]
    return Text("；".join(zh for zh, _ in said), "; ".join(en for _, en in said))
