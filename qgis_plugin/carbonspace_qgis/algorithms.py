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

from . import interpreter
from . import parameters as offered
from .child import ChildError
from .files import Source, exported, free, named, projected, put, raster_file, rows, writing
from .interpreter import Catalogue
from .loading import evidence_of, load_when_done, uri
from .plan import Plan, guess_of, guesses, is_canonical, mapped, write_plan
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
            with writing():
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
            with writing():
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

    def open_parameters(self) -> list[dict[str, Any]]:
        """Return the parameters that can be given, as the catalogue tells of them."""
        return []

    def checkParameterValues(self, parameters: dict[str, Any], context: Any) -> tuple[bool, str]:
        """Take choices in words of either language, or as values."""
        named = {one["name"]: one for one in [*self.open_parameters(), self.profiles()]}
        given = {name: offered.settled(named[name], value) if name in named else value
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


def chosen(value: Any) -> tuple[str, ...]:
    """Return what was chosen of a list, as values."""
    given = value if isinstance(value, (list, tuple)) else str(value or "").split(",")
    return tuple(str(offered.plain(one)).strip() for one in given if str(one).strip())


class IndicatorAlgorithm(CarbonspaceAlgorithm):
    """Measures one indicator on layers of the project."""

    def __init__(self, catalogue: Catalogue, key: str, likely: Any = None) -> None:
        super().__init__(catalogue, key)
        self.catalogue: Catalogue = catalogue
        self.likely: dict[str, str] = likely or {}  # layers of the project that are called so
        self.facts = catalogue.indicators[key]
        self.layers = [*self.facts["layers"], *self.facts["optional_layers"]]
        self.rasters = [*self.facts["rasters"], *self.facts["optional_rasters"]]
        self.sources: dict[str, Source] = {}
        self.grids: dict[str, str] = {}
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
        return [{**one, "choices": self.catalogue.choices(one)}
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
        """Find the files of layers and rasters, and the CRS to measure in."""
        for key in self.layers:
            if parameters.get(key.upper()) not in (None, ""):
                self.sources[key] = self._source(key, parameters, context, feedback)
        for key, name in [(key, offered.RASTER + key.upper()) for key in self.rasters]:
            if parameters.get(name) not in (None, ""):
                layer = self.parameterAsRasterLayer(parameters, name, context)
                self.grids[key] = raster_file(layer, key)
        crs = self.parameterAsCrs(parameters, "CRS", context)
        self.crs = named(crs) if crs.isValid() else self.crs

    def _source(self, key: str, parameters: Any, context: Any, feedback: Any) -> Source:
        given = parameters[key.upper()]
        source = self.parameterAsSource(parameters, key.upper(), context)
        if source is None:
            raise ChildError(say("broken_layer", layer=key))
        partly = False
        if isinstance(given, core.QgsProcessingFeatureSourceDefinition):
            partly = (given.selectedFeaturesOnly or given.featureLimit != -1
                      or bool(getattr(given, "filterExpression", "")))  # fmt: skip
        layer = self.parameterAsVectorLayer(parameters, key.upper(), context)
        self.crs = self.crs or projected(source.sourceCrs()) or ""
        return exported(key, layer, self.work, feedback=feedback,
                        source=source if partly or layer is None else None)  # fmt: skip

    def results(self, parameters: dict[str, Any], context: Any, feedback: Any) -> dict[str, Any]:
        """Evaluate the plan that the layers make, and put its GeoPackage where it was asked for."""
        known, out = interpreter.current(), self.work / "out"
        target = Path(self.parameterAsOutputLayer(parameters, "OUTPUT", context))
        free(target)
        plan = write_plan(self._plan(known, parameters, context, feedback), self.work / "plan.toml")
        known.run(feedback, "run", str(plan), "--evidence", "all", "--report", "qgz",
                  "--progress", "json", out=out)  # fmt: skip
        put(out / "results.gpkg", target)
        evidence = evidence_of(target, self.key)
        if str(target) in context.layersToLoadOnCompletion():
            layers = ["units", *([evidence] if evidence else [])]
            group = say("group", name=self.displayName())
            load_when_done(context, target, layers, group, self.catalogue)
        city, *reason = (rows(target, _CITY, self.key) or [(None, "", "")])[0]
        if city is None and any(reason):
            feedback.pushWarning(reason[lang() == "zh"] or reason[0])
        return {"OUTPUT": uri(target, "units"), "CITY": city,
                "EVIDENCE": uri(target, evidence) if evidence else None}  # fmt: skip

    def _plan(self, known: Any, parameters: Any, context: Any, feedback: Any) -> Plan:
        said, told, layers = self._stated(parameters), dict[str, Any](), self.catalogue.layers
        clear = {key for key, one in self.sources.items() if is_canonical(layers[key], one)}
        if clear != {*self.sources} or not self.crs:
            told = guesses(known, self.sources.values(), feedback.isCanceled)
            self.crs = self.crs or (told["crs"] or {}).get("value", "")
        if not self.crs:
            raise ChildError(say("no_plan_crs"))
        found = {key: guess_of({} if key in clear else told, key, one)
                 for key, one in self.sources.items()}  # fmt: skip
        taken = {key: (one, mapped(layers[key], found[key], feedback.pushInfo, said.get(key, {})))
                 for key, one in self.sources.items()}  # fmt: skip
        return Plan(
            self.displayName(), self.crs, taken, (self.key,), chosen(parameters.get("PROFILES")),
            {self.key: self._settings(parameters)}, self.grids,
            self.parameterAsFile(parameters, "WEATHER", context) or None)  # fmt: skip

    def _settings(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return what was set otherwise than by default."""
        given = [one for one in self.open_parameters() if parameters.get(one["name"]) is not None]
        read = [(one, offered.read(one, parameters[one["name"]])) for one in given]
        return {one["name"]: value for one, value in read if value != one["default"]}

    def _stated(self, parameters: dict[str, Any]) -> dict[str, dict[str, str]]:
        """Return the fields a person named, by layer and column."""
        cells = [str(one).strip() for one in parameters.get("FIELDS") or []]
        found: dict[str, dict[str, str]] = {}
        for layer, column, field in zip(cells[::3], cells[1::3], cells[2::3]):
            source = self.sources.get(layer)
            if source is None or field not in source.fields:
                raise ChildError(say("unknown_field", layer=layer, column=column, field=field))
            found.setdefault(layer, {})[column] = field
        return found
