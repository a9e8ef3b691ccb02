"""The provider of algorithms: the commands always, an algorithm per indicator once known."""

from __future__ import annotations

from qgis.core import QgsMessageLog, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from . import catalogue, interpreter
from .algorithms import ICON, IndicatorAlgorithm
from .catalogue import Catalogue
from .child import ChildError
from .commands import COMMANDS, Command, CreatePlanFile


class Provider(QgsProcessingProvider):
    """carbonspace in the toolbox, the modeller, batches and qgis_process.

    `catalogue` is what is known; without one it is looked up when algorithms are loaded, and where
    `asks` is False only if that takes no child process.
    """

    def __init__(self, *, asks: bool = True) -> None:
        super().__init__()
        self.asks = asks
        self.catalogue: Catalogue | None = None
        self.trouble = ""

    def id(self) -> str:
        """Return what stands before the names of algorithms."""
        return "carbonspace"

    def name(self) -> str:
        """Return the name people see."""
        return "carbonspace"

    def icon(self) -> QIcon:
        """Return the icon."""
        return QIcon(ICON)

    def warningMessage(self) -> str:
        """Return why there are no indicators, for the toolbox."""
        return self.trouble

    def supportedOutputVectorLayerExtensions(self) -> list[str]:
        """Return the one format results come in: with styles, and several layers."""
        return ["gpkg"]

    def defaultVectorFileExtension(self, hasGeometry: bool = True) -> str:
        """Return the same."""
        return "gpkg"

    def loadAlgorithms(self) -> None:
        """Add what the catalogue has."""
        known = self.catalogue = self.catalogue or self._looked_up()
        for key in COMMANDS:
            self.addAlgorithm(Command(known, key))
        self.addAlgorithm(CreatePlanFile(known, "create_plan_file"))
        for key in known.indicators if known else ():
            self.addAlgorithm(IndicatorAlgorithm(known, key))  # type: ignore[arg-type]

    def _looked_up(self) -> Catalogue | None:
        self.trouble = ""
        try:
            known = interpreter.current() if self.asks else interpreter.remembered()
            if known is None:
                return None
            return catalogue.kept(known) or (catalogue.fetched(known) if self.asks else None)
        except ChildError as error:
            self.trouble = str(error)
            QgsMessageLog.logMessage(str(error), "carbonspace")
        return None
