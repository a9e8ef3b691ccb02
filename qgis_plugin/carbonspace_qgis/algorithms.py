"""One algorithm of Processing for each indicator of the catalogue."""

from __future__ import annotations

import html
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from qgis.PyQt.QtGui import QIcon

from qgis import core

from . import files, interpreter
from . import parameters as offered
from .child import ChildError
from .interpreter import Catalogue
from .loading import evidence_in, load_when_done, uri
from .words import lang, say, titled

ICON = str(Path(__file__).with_name("icon.svg"))
_PLAIN_PARAMETERS = 4
_PASSWORD = re.compile(r"(?<=password=)(\\?'.*?\\?'(?=[\s,}]|$)|\S+)")
_CITY = "SELECT value, reason, reason_zh FROM indicators WHERE level = 'city' AND indicator = ?"


class CarbonspaceAlgorithm(core.QgsProcessingAlgorithm):
    """What all algorithms share: icon, interpreter, a folder of their own that goes away."""

    def __init__(self, catalogue: Catalogue | None, key: str) -> None:
        super().__init__()
        self.catalogue, self.key = catalogue, key
        self.work = Path()
        self.trouble: ChildError | None = None

    def name(self) -> str:
        """Return the name scripts use: the key of the indicator, or of the command."""
        return self.key

    def icon(self) -> QIcon:
        """Return the icon of carbonspace."""
        return QIcon(ICON)

    def canExecute(self) -> tuple[bool, str]:
        """Return whether there is a carbonspace to run, else how to get one."""
        try:
            interpreter.current(interpreter.PATIENCE_S)
        except ChildError as error:
            return False, str(error)
        return True, ""

    def prepareAlgorithm(self, parameters: dict[str, Any], context: Any, feedback: Any) -> bool:
        """Look at layers here, in the thread that edits them."""
        try:
            with files.writing():
                self.work = Path(tempfile.mkdtemp(dir=core.QgsProcessingUtils.tempFolder()))
                self.prepare(parameters, context, feedback)
        except ChildError as error:
            self.trouble = error  # Processing keeps to itself what is raised here
        return True

    def processAlgorithm(self, parameters: Any, context: Any, feedback: Any) -> dict[str, Any]:
        """Run carbonspace; whatever it says goes out as the message of an exception."""
        try:
            if self.trouble:
                raise self.trouble
            with files.writing():
                return self.results(parameters, context, feedback)
        except ChildError as error:
            raise core.QgsProcessingException(str(error)) from error
        finally:
            if self.work.name:
                shutil.rmtree(self.work, ignore_errors=True)

    def prepare(self, parameters: dict[str, Any], context: Any, feedback: Any) -> None:
        """Write layers aside where they are not files; raise `ChildError` for what is wrong."""

    def results(self, parameters: dict[str, Any], context: Any, feedback: Any) -> dict[str, Any]:
        """Return the outputs; raise `ChildError` for what goes wrong."""
        raise NotImplementedError

    def profiles(self) -> dict[str, Any]:
        """Return the parameter that chooses whose thresholds values are held against."""
        known = self.catalogue.profiles if self.catalogue else {}
        choices = [{"value": key, "title": one} for key, one in known.items()]
        return {"name": "PROFILES", "kind": "list", "least": 0, "default": [], "unit": "",
                "title": {lang(): say("profiles")}, "choices": choices}  # fmt: skip

    def checkParameterValues(self, parameters: dict[str, Any], context: Any) -> tuple[bool, str]:
        """Take choices in words of either language, or as values."""
        given = {name: offered.settled(self.parameterDefinition(name), value)
                 for name, value in parameters.items()}  # fmt: skip
        fine, why = super().checkParameterValues(given, context)
        return fine, _PASSWORD.sub("…", why)

    def asPythonCommand(self, parameters: dict[str, Any], context: Any) -> str:
        """Return what the history of Processing keeps: not the password of a database."""
        return _PASSWORD.sub("…", super().asPythonCommand(parameters, context))


def advanced(one: core.QgsProcessingParameterDefinition) -> core.QgsProcessingParameterDefinition:
    """Return a parameter that stands among the advanced ones."""
    one.setFlags(one.flags() | core.QgsProcessingParameterDefinition.FlagAdvanced)
    return one


class IndicatorAlgorithm(CarbonspaceAlgorithm):
    """Measures one indicator on layers of the project."""

    def __init__(self, catalogue: Catalogue, key: str, likely: Any = None) -> None:
        super().__init__(catalogue, key)
        self.catalogue: Catalogue = catalogue
        self.likely: dict[str, str] = likely or {}  # layers of the project that are called so
        self.facts = catalogue.indicators[key]
        self.layers = [*self.facts["layers"], *self.facts["optional_layers"]]
        self.rasters = [*self.facts["rasters"], *self.facts["optional_rasters"]]
        self.crs = ""

    def createInstance(self) -> IndicatorAlgorithm:
        """Return another of the same."""
        return IndicatorAlgorithm(self.catalogue, self.key, offered.alike(self.catalogue))

    def displayName(self) -> str:
        """Return the title of the indicator."""
        return titled(self.facts["title"])

    def group(self) -> str:
        """Return the title of its theme."""
        return titled(self.catalogue.themes[self.facts["theme"]])

    def groupId(self) -> str:
        """Return its theme."""
        return str(self.facts["theme"])

    def tags(self) -> list[str]:
        """Return the words of both languages it can be found by."""
        return [self.key, *self.facts["title"].values(), self.facts["source"]]

    def shortHelpString(self) -> str:
        """Return what is measured, from what, and whose definition that is."""
        lines = [titled(self.facts["definition"]), f"{say('unit')}: {self.facts['unit']}",
                 f"{say('source')}: {self.facts['source']}"]  # fmt: skip
        return "".join(f"<p>{html.escape(line)}</p>" for line in lines)

    def open_parameters(self) -> list[dict[str, Any]]:
        """Return the parameters no variant fixes, with their choices."""
        listed = self.catalogue.told["vocabularies"]
        return [{**one, "choices": one.get("choices") or listed.get(one.get("vocabulary"), [])}
                for one in self.facts["parameters"] if not one["fixed"]]  # fmt: skip

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        """Declare layers, rasters and parameters as the catalogue has them."""
        facts, likely = self.facts, self.likely
        optional = {*facts["optional_layers"], *facts["optional_rasters"]}
        for make, keys in ((offered.layer_parameter, self.layers),
                           (offered.raster_parameter, self.rasters)):  # fmt: skip
            for key in keys:
                made = make(self.catalogue, key, optional=key in optional)
                if key not in optional:  # a dialog would take the first layer there is
                    made.setGuiDefaultValueOverride(likely.get(made.name()) or say("choose"))
                self.addParameter(made)
        if facts["weather"]:
            weather = core.QgsProcessingParameterFile("WEATHER", say("weather"), optional=True)
            self.addParameter(weather)
        for number, one in enumerate(self.open_parameters()):
            made = offered.parameter(one)
            self.addParameter(made if number < _PLAIN_PARAMETERS else advanced(made))
        heads = [say("layer"), say("column"), say("field")]
        fields = core.QgsProcessingParameterMatrix(
            "FIELDS", say("fields"), 0, False, heads, optional=True)  # fmt: skip
        crs = core.QgsProcessingParameterCrs("CRS", say("crs"), optional=True)
        for made in map(advanced, (offered.parameter(self.profiles()), fields, crs)):
            self.addParameter(made)
        self.addParameter(core.QgsProcessingParameterVectorDestination(
            "OUTPUT", say("units_with_value"), core.QgsProcessing.TypeVectorPolygon))  # fmt: skip
        self.addOutput(core.QgsProcessingOutputVectorLayer("EVIDENCE", say("evidence")))
        self.addOutput(core.QgsProcessingOutputNumber("CITY", say("city_value")))

    def prepare(self, parameters: dict[str, Any], context: Any, feedback: Any) -> None:
        """Write the plan that is asked, and layers aside where they are not files."""
        layers = self._layers(parameters, context, feedback)
        crs = self.parameterAsCrs(parameters, "CRS", context)
        weather = self.parameterAsFile(parameters, "WEATHER", context)
        files.write_plan(
            self.work, self.displayName(), files.named(crs) if crs.isValid() else self.crs, layers,
            indicators=[self.key], profiles=offered.items(parameters.get("PROFILES")),
            parameters={self.key: self._settings(parameters)},
            rasters=self._rasters(parameters, context),
            weather={"source": weather} if weather else None)  # fmt: skip

    def _layers(self, parameters: dict[str, Any], context: Any, feedback: Any) -> dict[str, Any]:
        """Return layers as a plan has them; fields are guessed unless called as columns are."""
        layers: dict[str, Any] = {}
        cells = [str(one).strip() for one in parameters.get("FIELDS") or []]
        for key, column, field in zip(cells[::3], cells[1::3], cells[2::3]):
            named = layers.setdefault(key, {"columns": []})["columns"]
            named.append({"column": column, "field": field})
        for key in self.layers:
            if parameters.get(key.upper()) not in (None, ""):
                source = self._source(key, parameters, context, feedback)
                known = {one["name"] for one in self.catalogue.layers[key]["columns"]} | {"fid"}
                stated = layers.get(key, {}).get("columns", [])
                layers[key] = source.stated(key, stated, guess=not known.issuperset(source.fields))
        return layers

    def _rasters(self, parameters: dict[str, Any], context: Any) -> dict[str, Any]:
        names = {key: offered.RASTER + key.upper() for key in self.rasters}
        layers = {key: self.parameterAsRasterLayer(parameters, name, context)
                  for key, name in names.items() if parameters.get(name)}  # fmt: skip
        return {key: {"source": files.raster_file(one, key)} for key, one in layers.items()}

    def _source(self, key: str, parameters: Any, context: Any, feedback: Any) -> files.Source:
        source = self.parameterAsSource(parameters, key.upper(), context)
        if source is None:
            raise ChildError(say("broken_layer", layer=key))
        is_some = isinstance(parameters[key.upper()], core.QgsProcessingFeatureSourceDefinition)
        layer = self.parameterAsVectorLayer(parameters, key.upper(), context)
        self.crs = self.crs or files.projected(source.sourceCrs()) or ""
        return files.exported(key, layer, self.work, feedback=feedback,
                        source=source if is_some or layer is None else None)  # fmt: skip

    def results(self, parameters: dict[str, Any], context: Any, feedback: Any) -> dict[str, Any]:
        """Evaluate the plan that the layers make, and put its GeoPackage where it was asked for."""
        known, out = interpreter.current(), self.work / "out"
        target = Path(self.parameterAsOutputLayer(parameters, "OUTPUT", context))
        files.free(target)
        known.run(feedback, "run", str(self.work / files.PLAN), "--evidence", "all",
                  "--report", "qgz", "--progress", "json", out=out)  # fmt: skip
        files.put(out / "results.gpkg", target)
        evidence = evidence_in(target)[:1]
        if str(target) in context.layersToLoadOnCompletion():
            layers, group = ["units", *evidence], self.displayName()
            load_when_done(context, target, layers, group, self.catalogue)
        city, *reason = (files.rows(target, _CITY, self.key) or [(None, "", "")])[0]
        if city is None and any(reason):
            feedback.pushWarning(reason[lang() == "zh"] or reason[0])
        return {"OUTPUT": uri(target, "units"), "CITY": city,
                "EVIDENCE": uri(target, *evidence) if evidence else None}  # fmt: skip

    def _settings(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return what was set otherwise than by default, for carbonspace to read."""
        found = {}
        for one in self.open_parameters():
            usual = self.parameterDefinition(one["name"]).defaultValue()
            value = offered.plain(one, parameters.get(one["name"]))
            if value not in (None, offered.plain(one, usual)):
                found[one["name"]] = value
        return found
