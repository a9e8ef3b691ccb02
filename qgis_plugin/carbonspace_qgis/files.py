"""Files: layers of the project as carbonspace reads them, and the GeoPackages of results."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from qgis.core import QgsCoordinateReferenceSystem as Crs
from qgis.PyQt.QtCore import QVariant

from qgis import core

from .child import ChildError
from .words import say

PLAN = "plan.json"
_READ_IN_PLACE = (".gpkg", ".shp", ".geojson", ".fgb", ".parquet")
_KINDS = "Bool Int UInt LongLong ULongLong Double String Date DateTime Time"
_PLAIN = [getattr(QVariant, kind) for kind in _KINDS.split()]


class Source(NamedTuple):
    """A layer as a plan names it: file, layer in it, CRS where QGIS knows better; its fields."""

    path: str
    layer: str | None
    crs: str | None
    fields: tuple[str, ...]

    def stated(self, title: str, columns: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        """Return it as plan.json has it; raise `ChildError` for a field that has gone."""
        for one in columns:
            if one.get("field") not in (None, *self.fields):
                raise ChildError(say("unknown_field", **{**one, "layer": title}))
        return {"source": self.path, "layer": self.layer, "crs": self.crs, "columns": columns,
                **more}  # fmt: skip


def write_plan(folder: Path, name: str, crs: str, layers: dict[str, Any], **more: Any) -> str:
    """Write a plan.json (docs/reference/plan-json.md) and return where it is."""
    told = {"format": 1, "name": name, "crs": crs or "guess", "layers": layers, **more}
    (folder / PLAN).write_text(json.dumps(told, default=str), "utf-8")
    return str(folder / PLAN)


def exported(
    key: str, layer: Any, folder: Path, *, source: Any = None, feedback: Any = None
) -> Source:
    """Return a layer of the project as a file.

    `source`, a QgsProcessingFeatureSource, says which of the features count. Without one, a file
    that carbonspace reads is left where it lies. Selections, filters, unsaved edits, memory and
    database layers are written to `<folder>/<key>.gpkg`.

    Raises `ChildError` for a layer that is broken or has no CRS, or that cannot be written whole.
    """
    if layer is not None and not layer.isValid():
        raise ChildError(say("broken_layer", layer=layer.name()))
    shown = layer if source is None else source
    if not shown.sourceCrs().isValid():
        raise ChildError(say("no_crs", layer=shown.sourceName()))
    lies = _in_place(layer) if source is None else None
    return lies or _written(key, shown, folder, feedback)


def raster_file(layer: core.QgsRasterLayer | None, name: str) -> str:
    """Return the file of a raster; raise `ChildError` where it is none."""
    if layer is None or not layer.isValid():
        raise ChildError(say("broken_layer", layer=layer.name() if layer else name))
    parts = core.QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    path = str(parts.get("path") or "")
    if not Path(path).is_file():
        raise ChildError(say("not_a_file", layer=layer.name()))
    return path


def projected(crs: Crs) -> str | None:
    """Return a CRS as a plan names it, where it can be measured in; None where not."""
    if not crs.isValid() or crs.isGeographic() or crs.authid() == "EPSG:3857":
        return None
    return named(crs)


def named(crs: Crs) -> str:
    """Return the authority's name of a CRS, or all that is known of one of a person's own."""
    own = not crs.authid() or crs.authid().startswith("USER:")
    return crs.toWkt(Crs.WKT2_2019) if own else crs.authid()


def _in_place(layer: core.QgsVectorLayer) -> Source | None:
    """Return the file a layer is, where what it shows is what lies there."""
    if layer.providerType() != "ogr" or layer.subsetString() or layer.isModified():
        return None
    parts = core.QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    path, name = str(parts.pop("path", None) or ""), parts.pop("layerName", None) or None
    if (
        not path.lower().endswith(_READ_IN_PLACE) or not Path(path).is_file()
        or any(parts.values())  # one kind of geometry of several, or options to read it with
        or layer.fields().count() != layer.dataProvider().fields().count()  # joined, computed
        or (path.lower().endswith(".gpkg") and not name)
    ):  # fmt: skip
        return None
    stated = None if layer.dataProvider().crs() == layer.crs() else named(layer.crs())
    return Source(path, name, stated, tuple(one.name() for one in layer.fields()))


def _written(key: str, source: Any, folder: Path, feedback: Any) -> Source:
    fields = _fields(source.fields())
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{key}.gpkg"
    options = core.QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName, options.fileEncoding = "GPKG", key, "UTF-8"
    options.layerOptions = ["FID=carbonspace_fid", "GEOMETRY_NAME=carbonspace_geom",
                            "SPATIAL_INDEX=NO"]  # fmt: skip
    context = core.QgsProject.instance().transformContext()
    writer = core.QgsVectorFileWriter.create(
        str(target), fields, source.wkbType(), source.sourceCrs(), context, options)  # fmt: skip
    request, asked = core.QgsFeatureRequest(), core.QgsProcessingFeatureSource
    flags = [asked.FlagSkipGeometryValidityChecks] if isinstance(source, asked) else []
    if feedback is not None:
        request.setFeedback(feedback)
    features = source.getFeatures(request, *flags)
    odd = [number for number, one in enumerate(source.fields()) if one.type() not in _PLAIN]
    for one in features if odd and not writer.hasError() else ():
        for number in odd:
            one.setAttribute(number, None)
        writer.addFeature(one, core.QgsFeatureSink.FastInsert)
    done = not writer.hasError() and (odd or writer.addFeatures(features))
    error = writer.errorMessage()
    del writer  # closes the file, and does not tell of a full disk
    error = _missing(source, target, key) if done else error
    if error:
        target.unlink(missing_ok=True)
        raise ChildError(say("cannot_export", layer=source.sourceName(), error=error))
    return Source(str(target), key, None, tuple(one.name() for one in fields))


def _missing(source: Any, target: Path, key: str) -> str:
    """Return how many features of how many have arrived, where it is not all of them."""
    try:
        ((arrived,),) = rows(target, f'SELECT count(*) FROM "{key}"')
    except sqlite3.Error as error:
        return str(error)
    expected = source.featureCount()
    if arrived < expected and isinstance(source, core.QgsVectorLayer):
        source.dataProvider().reloadData()  # others may have deleted some since it was counted
        again = source.featureCount()  # none, or less, where the source has gone
        expected = again if again > 0 else expected
    return f"{arrived} / {expected}" if arrived < expected else ""


def _fields(given: core.QgsFields) -> core.QgsFields:
    """Return fields a GeoPackage can hold: none called as another; what it lacks is left empty."""
    kept, seen = core.QgsFields(), set[str]()
    for one in given:
        name = one.name()
        while name.casefold() in seen:
            name += "_"
        seen.add(name.casefold())
        kept.append(core.QgsField(name, one.type() if one.type() in _PLAIN else QVariant.String))
    return kept


@contextmanager
def writing() -> Iterator[None]:
    """Tell of a full disk, a closed folder or a file in use in words for people."""
    try:
        yield
    except OSError as error:
        raise ChildError(say("cannot_write", error=error)) from error


def free(target: Path) -> None:
    """Raise `ChildError` where no GeoPackage can be put, or one is open that would be broken."""
    if target.suffix.lower() != ".gpkg":
        raise ChildError(say("no_gpkg", path=target))
    if any(Path(f"{target}{end}").exists() for end in ("-wal", "-shm", "-journal")):
        raise ChildError(say("in_use", path=target))
    room = next(one for one in target.absolute().parents if one.exists())
    if not room.is_dir() or not os.access(room, os.W_OK):
        raise ChildError(say("cannot_write", error=room))


def put(made: Path, target: Path) -> Path:
    """Put a finished GeoPackage where it was asked for, at once."""
    free(target)
    part = target.with_name(f".{target.name}.part")
    with writing():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    return target


def layers_in(gpkg: Path) -> list[str]:
    """Return the layers of a GeoPackage that have geometry."""
    found = rows(gpkg, "SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")
    return [name for (name,) in found]


def rows(gpkg: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return the answer of a GeoPackage, opened to read only."""
    uri = f"{gpkg.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as opened:
        return opened.execute(query, values).fetchall()
