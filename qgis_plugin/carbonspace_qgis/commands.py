"""The algorithms that are commands: evaluate a plan, check it, compare plans, draft one."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path
from typing import Any

from qgis import core

from . import interpreter
from .algorithms import CarbonspaceAlgorithm, advanced
from .child import ChildError
from .files import exported
from .loading import load_when_done, shown_first, uri
from .parameters import items, parameter
from .words import TABLES, say

COMMANDS: dict[str, dict[str, Any]] = TABLES["commands"]
"""By the algorithm: the command, its plans, options by parameter, what it is given."""


class Command(CarbonspaceAlgorithm):
    """One of `COMMANDS`: plans go in, a folder with a GeoPackage comes out."""

    def createInstance(self) -> Command:
        """Return another of the same."""
        return type(self)(self.catalogue, self.key)

    def displayName(self) -> str:
        """Return the title."""
        return say(self.key)

    def shortHelpString(self) -> str:
        """Return what it does."""
        return say(f"{self.key}_help")

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        """Declare the plans, the options and the folder."""
        asked = COMMANDS[self.key]
        kinds = self.catalogue.told["reports"] if self.catalogue else []
        for name in asked["plans"]:
            self.addParameter(core.QgsProcessingParameterFile(name, say(name), extension="toml"))
        for name in asked["options"]:
            if name == "PROFILES":
                self.addParameter(advanced(parameter(self.profiles())))
            elif name == "REPORTS":
                self.addParameter(core.QgsProcessingParameterEnum(
                    name, say(name), kinds, True, None, True, usesStaticStrings=True))  # fmt: skip
            else:
                self.addParameter(core.QgsProcessingParameterString(name, say(name), optional=True))
        self.addParameter(core.QgsProcessingParameterBoolean("LOAD", say("LOAD"), True))
        self.addParameter(core.QgsProcessingParameterFolderDestination("FOLDER", say("FOLDER")))
        self.addOutput(core.QgsProcessingOutputVectorLayer("LAYER", say("LAYER")))
        self.addOutput(core.QgsProcessingOutputHtml("REPORT", say("REPORT")))

    def results(self, parameters: dict[str, Any], context: Any, feedback: Any) -> dict[str, Any]:
        """Run the command into the folder, and have what it made loaded."""
        asked = COMMANDS[self.key]
        out = Path(self.parameterAsString(parameters, "FOLDER", context))
        ended = interpreter.current().run(
            feedback, asked["command"],
            *(self.parameterAsFile(parameters, name, context) for name in asked["plans"]),
            *(part for name, option in asked["options"].items()
              for one in items(parameters.get(name)) for part in (option, one)),
            *asked["given"], out=out, fine=asked["fine"])  # fmt: skip
        (feedback.pushInfo if ended.code == 0 else feedback.reportError)(ended.out)
        made = sorted(out.glob("*.gpkg"))
        layers = shown_first(made[0]) if made else []
        if layers and self.parameterAsBool(parameters, "LOAD", context):
            load_when_done(context, made[0], layers, out.name, self.catalogue, hides_evidence=True)
        pages = filter(Path.exists, (out / "report.html", out / "comparison.html"))
        return {"FOLDER": str(out), "LAYER": uri(made[0], layers[0]) if layers else None,
                "REPORT": next(map(str, pages), None)}  # fmt: skip


class CreatePlanFile(Command):
    """`carbonspace init`: layers and folders become a plan.toml to be checked."""

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        """Declare layers or a folder, and where the plan goes."""
        layers, file = core.QgsProcessingParameterMultipleLayers, core.QgsProcessingParameterFile
        anything = core.QgsProcessing.TypeVectorAnyGeometry
        self.addParameter(layers("LAYERS", say("LAYERS"), anything, optional=True))
        self.addParameter(file("DATA", say("DATA"), file.Folder, optional=True))
        self.addParameter(core.QgsProcessingParameterFileDestination(
            "OUTPUT", say("PLAN"), "TOML (*.toml)"))  # fmt: skip

    def prepare(self, parameters: dict[str, Any], context: Any, feedback: Any) -> None:
        """Look where the layers lie; those that are no files are written aside."""
        self.files = [*filter(None, [self.parameterAsString(parameters, "DATA", context)])]
        for n, layer in enumerate(self.parameterAsLayerList(parameters, "LAYERS", context)):
            key = "".join(c if c.isalnum() else "_" for c in layer.name())
            key += f"_{n}" if (self.work / "data" / f"{key}.gpkg").exists() else ""
            made = exported(key or "layer", layer, self.work / "data", feedback=feedback)
            self.files.append(made.path)
        if not self.files:
            raise ChildError(say("no_data"))

    def results(self, parameters: dict[str, Any], context: Any, feedback: Any) -> dict[str, Any]:
        """Draft it; what was written aside goes into a new folder beside it, if all goes well."""
        target = Path(self.parameterAsFileOutput(parameters, "OUTPUT", context))
        names = (f"{target.stem}_data{'_' * n}" for n in count())
        aside = next(one for one in map(target.with_name, names) if not one.exists())
        files = [one.replace(str(self.work / "data"), str(aside)) for one in self.files]
        try:
            if (self.work / "data").exists():
                shutil.move(str(self.work / "data"), str(aside))
            asked = ["init", *dict.fromkeys(files), "-o", str(target), "--yes"]
            interpreter.current().run(feedback, *asked)
        except ChildError:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        return {"OUTPUT": str(target)}
