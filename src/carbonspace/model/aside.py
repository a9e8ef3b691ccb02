"""Layers that cannot be used while the rest of the plan can: set aside, with the reason.

What plan.toml says must be there and be understood, and the layers of `GROUND` must be sound:
otherwise the plan is refused. A fault in the data of another layer costs that layer alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from carbonspace.model.finding import Finding
from carbonspace.model.layers import GROUND, LAYERS, RASTER_KINDS
from carbonspace.model.rasters import PREFIX, title_of
from carbonspace.model.text import Text
from carbonspace.model.weather import WEATHER

_SPARED = (*LAYERS, *(PREFIX + kind for kind in RASTER_KINDS), WEATHER)


def set_aside(findings: Iterable[Finding]) -> tuple[list[Finding], dict[str, Text]]:
    """Return the findings, errors of layers that can be spared as warnings, and those layers.

    A layer can be spared where it is no `GROUND` and all its errors are `local`. With each
    comes the reason why it is not used.
    """
    found = [*findings]
    errors = [one for one in found if one.severity == "error"]
    needed = {one.layer for one in errors if not one.local or one.layer in GROUND}
    spared = [one for one in errors if one.layer in _SPARED and one.layer not in needed]
    first = {one.layer: one for one in reversed(spared)}
    told = [_warned(one) if one in spared else one for one in found]
    return told, {key: _reason(key, first[key]) for key in _SPARED if key in first}


def _warned(error: Finding) -> Finding:
    more = Text("该图层未使用，用到它的指标没有数据。",
                "The layer is not used; indicators that use it have no data.")  # fmt: skip
    action = Text(f"{error.action.zh}{more.zh}", f"{error.action.en} {more.en}")
    return replace(error, severity="warning", action=action)


def _reason(key: str, error: Finding) -> Text:
    zh, en = (f"{error.what.to(lang)}" for lang in ("zh", "en"))
    return Text(
        f"图层未使用：{title_of(key).zh}（{key}），{zh}：{error.found_in('zh')}",
        f"layer not used: {key}. {en}: {error.found_in('en')}",
    )
