"""An indicator nobody has written yet is offered as it is told of: the plugin knows none."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Heard, golden
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingParameterDefinition,
    QgsSettings,
)

KEY = "moonlight_share"
HOMES = {"value": "homes", "title": {"zh": "住宅，别墅 [甲]", "en": "homes, villas [a], & <b>"}}
ODD = {"value": "odd=x", "title": {"zh": "其他", "en": "50 % ['\"]"}}


def parameter(name: str, kind: str, default: Any, **facts: Any) -> dict[str, Any]:
    title = {"zh": f"参数 {name} <&>", "en": f"Parameter {name} <&>"}
    return {"name": name, "title": title, "default": default, "unit": "", "kind": kind,
            "fixed": False, "minimum": None, "maximum": None, **facts}  # fmt: skip


COLUMNS = [
    {"title": {"zh": "起", "en": "from"}, "kind": "number", "minimum": 0, "maximum": None},
    {"title": {"zh": "层", "en": "floors"}, "kind": "integer", "minimum": 1, "maximum": 9},
    {"title": {"zh": "类", "en": "kind"}, "kind": "choice", "choices": [HOMES, ODD]},
    {"title": {"zh": "新", "en": "new"}, "kind": "flag"},
    {"title": {"zh": "记", "en": "note"}, "kind": "text"},
]
PARAMETERS = [
    parameter("free", "number", -1.5, unit="‰"),
    parameter("bounded", "number", 0.0, minimum=0, maximum=1e9, unit="m²/人"),
    parameter("count", "integer", -3, minimum=-3, maximum=None),
    parameter("flag_on", "flag", True),
    parameter("flag_off", "flag", False),
    parameter("words", "text", 'a, [b] "c" \\ 中'),
    parameter("nothing", "text", ""),
    parameter("one_of", "choice", "homes", choices=[HOMES, ODD]),
    parameter("one_named", "choice", "07", vocabulary="lunar"),
    parameter("none_of", "list", [], least=0, choices=[HOMES, ODD]),
    parameter("both_of", "list", ["homes", "odd=x"], least=2, choices=[HOMES, ODD]),
    parameter("named", "list", ["07", "08"], least=1, vocabulary="lunar"),
    parameter("any_words", "list", ["x y", "中"], least=0),
    parameter("word_or_number", "either", "auto", choices=[HOMES], whole=False),
    parameter("word_or_whole", "either", 7, choices=[HOMES], whole=True),
    parameter("table", "rows", [[1.5, 2, "homes", True, "é"], [0, 9, "odd=x", False, ""]],
              least=1, columns=COLUMNS),
    parameter("empty_table", "rows", [], least=0, columns=COLUMNS[:1]),
    parameter("settled", "number", 5, fixed=True),
]  # fmt: skip
GIVEN = {
    "free": 2.25, "bounded": 3, "count": 12, "flag_on": False, "flag_off": "yes",
    "words": "b; 'd'", "nothing": "x", "one_of": "50 % ['\"] [odd=x]", "one_named": "08",
    "none_of": ["odd=x"], "both_of": "odd=x, homes", "named": "新月 [07]",
    "any_words": "one,two", "word_or_number": "2.5", "word_or_whole": "homes",
    "table": ["1", "2", "homes", "true", ""], "empty_table": [3, 4],
}  # fmt: skip
STATED = {**GIVEN, "one_of": "odd=x", "both_of": ["odd=x", "homes"], "named": ["07"],
          "any_words": ["one", "two"]}  # fmt: skip
"""For carbonspace to read: choices are told apart here, as they are shown here."""


@pytest.fixture
def made(qgis: Any) -> Iterator[Any]:
    """Return the algorithm of an indicator that a catalogue of tomorrow has."""
    from carbonspace_qgis.interpreter import Catalogue

    known = qgis.provider.catalogue
    told = copy.deepcopy(known.told)
    facts = copy.deepcopy(known.indicators["park_coverage"])
    title = {"zh": "月光 <面积> & 份额", "en": "Share of <moonlit> & dark area"}
    facts.update(key=KEY, title=title, definition=title, unit="%", parameters=PARAMETERS,
                 theme="lunar", rasters=["moon"], weather=True, not_known_yet={"a": [1]},
                 layers=["units", "craters"], optional_layers=["parks"])  # fmt: skip
    crater = {"name": "crater_id", "title": title, "type": "text", "unit": "", "required": True}
    told["indicators"].append(facts)
    told["themes"].append({"key": "lunar", "title": {"zh": "月", "en": "Moon"}})
    told["rasters"].append({"key": "moon", "title": title, "units": ["lx"], "classes": False})
    told["layers"].append({"key": "craters", "title": title, "geometry": ["polygon", "point"],
                           "id": "crater_id", "columns": [crater]})  # fmt: skip
    told["vocabularies"]["lunar"] = [
        {"value": one, "title": {"zh": "新月", "en": "new moon"}} for one in ("07", "08", "09")
    ]
    qgis.provider.catalogue = Catalogue(told)
    qgis.provider.refreshAlgorithms()
    yield qgis.registry.createAlgorithmById(f"carbonspace:{KEY}").create()
    qgis.provider.catalogue = known
    qgis.provider.refreshAlgorithms()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_offered_with_all_that_is_told(made: Any, lang: str) -> None:
    QgsSettings().setValue("carbonspace/language", lang)
    made = made.create()
    assert made.group() == {"zh": "月", "en": "Moon"}[lang]
    assert "&lt;" in made.shortHelpString()
    names = [one.name() for one in made.parameterDefinitions()]
    assert names[:4] == ["UNITS", "CRATERS", "PARKS", "RASTER_MOON"]
    assert {one["name"] for one in PARAMETERS} - {"settled"} <= {*names}
    assert "settled" not in names
    for one in made.open_parameters():
        shown = made.parameterDefinition(one["name"])
        assert shown.checkValueIsAcceptable(shown.defaultValue()), one["name"]
    optional = QgsProcessingParameterDefinition.FlagOptional
    for name in ("CRATERS", "RASTER_MOON"):
        assert not made.parameterDefinition(name).flags() & optional
    assert made._settings({one.name(): one.defaultValue()
                           for one in made.parameterDefinitions()}) == {}  # fmt: skip


def test_what_is_given_is_stated_as_it_is_meant(made: Any) -> None:
    layers = {"UNITS": golden("units"), "CRATERS": golden("parks"), "RASTER_MOON": "x.tif"}
    _, why = made.checkParameterValues(
        {**GIVEN, **layers, "RASTER_MOON": None, "OUTPUT": "x.gpkg"}, QgsProcessingContext()
    )
    assert "RASTER_MOON" in why  # and nothing else is refused
    assert made._settings(GIVEN) == STATED


def test_a_dialog_of_it_can_be_filled_in(made: Any) -> None:
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    dialog = AlgorithmDialog(made)
    given = {name: one.parameterValue() for name, one in dialog.mainWidget().wrappers.items()
             if name in STATED}  # fmt: skip
    dialog.close()
    assert {*given} == {*STATED}
    assert made._settings(given) == {}  # as shown, all is as told


def test_carbonspace_is_asked_for_it_as_for_any(
    made: Any, fake: Callable[..., Path], tmp_path: Path
) -> None:
    import processing

    raster = tmp_path / "月.asc"
    raster.write_text("ncols 1\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\n5\n")
    fake(f'''cp "$6" "{tmp_path}/asked.json"; echo "carbonspace: not yet" >&2; exit 2''', "0.9.0")
    given = {
        **GIVEN,
        "UNITS": golden("units"),
        "CRATERS": golden("parks"),
        "RASTER_MOON": str(raster),
        "FIELDS": ["craters", "crater_id", "park_id"],
        "CRS": "EPSG:4547",
        "WEATHER": str(raster),
        "OUTPUT": str(tmp_path / "out.gpkg"),
    }
    with pytest.raises(QgsProcessingException, match="^not yet$"):
        processing.run(made, given, feedback=Heard())
    asked = json.loads((tmp_path / "asked.json").read_text("utf-8"))
    assert asked["indicators"] == [KEY]
    assert asked["parameters"] == {KEY: STATED}
    assert asked["layers"]["craters"]["columns"] == [{"column": "crater_id", "field": "park_id"}]
    assert [asked["layers"][key]["guess"] for key in ("units", "craters")] == [False, True]
    assert asked["rasters"] == {"moon": {"source": str(raster)}}
    assert asked["weather"] == {"source": str(raster)}
