"""Facades by their hours of sun and homes that lack them, alike on pages and in QGIS."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

import carbonspace.outputs
from carbonspace.catalogue import indicators
from carbonspace.indicators._windows import CLASSES
from carbonspace.outputs.apart import kind_of_each, shown
from carbonspace.outputs.look import SUN
from carbonspace.outputs.styles import evidence_styles

CSS = Path(carbonspace.outputs.__file__).parent / "templates" / "map.css"


def facades() -> gpd.GeoDataFrame:
    lines = [shapely.LineString([(n, 0), (n + 1, 0)]) for n in range(3)]
    return gpd.GeoDataFrame({"unit_id": ["U"] * 3, "sun_class": ["h4", "h0", "h2"]}, geometry=lines)


def test_each_class_of_light_has_a_look_of_its_own() -> None:
    assert [*SUN] == CLASSES.tolist()
    assert len({one.colour for one in SUN.values()}) == len(SUN)
    css = CSS.read_text("utf-8")
    drawn = dict(re.findall(r"\.sun\.(h\d)\{stroke:([^}]+)\}", css))
    assert drawn == {key: one.colour for key, one in SUN.items()}


def test_classes_grow_brighter_for_every_eye() -> None:
    """Light and dark alone tell the classes apart, for the colour-blind and in print."""
    shares = [[int(one.colour[n : n + 2], 16) / 255 for n in (1, 3, 5)] for one in SUN.values()]
    bright = (np.array(shares) ** 2.2) @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(bright ** (1 / 2.2)) > 0.08).all()


def test_facades_are_drawn_by_class() -> None:
    one = indicators()["sunlight_hours"]
    kinds = shown(one, facades()).kinds
    assert [kinds[n].css for n in kind_of_each(facades())] == ["sun h4", "sun h0", "sun h2"]
    (style,) = evidence_styles("evidence_sunlight_hours", [one], facades())
    for key, look in SUN.items():
        assert f"&quot;sun_class&quot; = '{key}'" in style.qml
        assert look.title.zh in style.qml


def test_homes_that_lack_sunlight_are_told_from_those_that_do_not() -> None:
    homes = gpd.GeoDataFrame(
        {"unit_id": ["U"] * 3, "hours": [2.0, 1.99, np.nan], "asked_h": [2.0] * 3},
        geometry=[shapely.box(0, 0, 1, 1)] * 3,
    )
    kinds = shown(indicators()["sunlight_met_share"], homes).kinds
    words = [kinds[n].title.en for n in kind_of_each(homes)]
    assert words == ["Has the hours asked for", "Has fewer hours", "Has fewer hours"]
