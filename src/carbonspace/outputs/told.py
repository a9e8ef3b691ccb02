"""What a figure was made with, in words beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carbonspace.model.assessment import Assessment
from carbonspace.model.image import Image
from carbonspace.model.indicator import Indicator, Parameter
from carbonspace.model.parameters import WORDS
from carbonspace.model.text import Text
from carbonspace.model.weather import Weather


def made_with(assessment: Assessment) -> dict[str, Text]:
    """Return what the figures of each indicator have to be named with; empty where nothing."""
    given, weather = assessment.run.get("parameters", {}), assessment.plan.weather
    images = {key: one.image for key, one in assessment.measures.items()}
    return {key: said(one, given.get(key, {}), weather, images.get(key))
            for key, one in assessment.indicators.items()}  # fmt: skip


def said(
    one: Indicator,
    given: Mapping[str, Any],
    weather: Weather | None = None,
    image: Image | None = None,
) -> Text:
    """Return the parameters a figure has to be named with, of settings or what is given of them.

    What hangs on the energy of a year is named with its sky too, and what is measured in the cells
    of a surface model with their size.
    """
    settings = {p.name: given.get(p.name, p.default) for p in one.parameters}
    told = [(p.name, value) for p, value in one.told(settings)]
    parts = [named(parameter, value) for parameter, value in one.told(settings)]
    if image is not None and ("surface", "dsm") in told:
        cell = next(p for p in one.parameters if p.name == "cell")
        parts.append(named(cell, image.cell))
    if one.sees_weather and ("definition", "irradiation") in told:
        parts.append(_sky(weather))
    return Text("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))


def _sky(weather: Weather | None) -> Text:
    if weather is None:
        return Text("天空：全年晴空，没有气象文件", "Sky: always clear, without a weather file")
    station = weather.label or weather.source
    return Text(f"天空：气象文件（{station}）", f"Sky: of the weather file ({station})")


def named(parameter: Parameter, value: Any) -> Text:
    """Return a parameter with its value in words."""
    title, unit = parameter.title, parameter.unit if parameter.unit != "code" else ""
    if isinstance(value, Text):
        return Text(f"{title.zh}：{value.zh}", f"{title.en}: {value.en}")
    text = f"{parameter_text(value)} {unit}".strip()
    if not isinstance(value, str) or value not in WORDS:
        return Text(f"{title.zh}：{text}", f"{title.en}: {text}")
    words = WORDS[value]
    return Text(f"{title.zh}：{words.zh}（{text}）", f"{title.en}: {words.en} ({text})")


def parameter_text(value: Any) -> str:
    """Return the value of a parameter as people write it."""
    if isinstance(value, bool) or value is None:
        return {True: "✓", False: "✗", None: "—"}[value]
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {parameter_text(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        parts = [f"({parameter_text(v)})" if isinstance(v, (list, tuple)) else parameter_text(v)
                 for v in value]  # fmt: skip
        return ", ".join(parts) or "—"
    return f"{value:,g}" if isinstance(value, (int, float)) else str(value)
