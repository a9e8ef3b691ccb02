"""GML and CityGML, as GDAL reads them: every field as the text it was written as.

Left alone, GDAL guesses types (`0701` becomes 701, `-` becomes 0) and writes its guesses into a
`.gfs` beside the file, to be believed next time. Here neither happens.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyogrio

from carbonspace.sources.contents import vector_datasets
from carbonspace.sources.dataset import Dataset
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.vector import Read, read_layer

_SUFFIXES = (".gml", ".citygml")
_AS_WRITTEN = {"GML_FIELDTYPES": "ALWAYS_STRING"}
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")


def is_gml(source: str) -> bool:
    """Return True for a GML file, by its name."""
    path = Path(source)
    return path.suffix.lower() in _SUFFIXES and path.is_file()


def gml_datasets(source: str) -> list[Dataset]:
    """Return the feature types of a GML file, each with the types its values have."""
    with _as_written(Path(source)) as path:
        found = vector_datasets(str(path))
    return [replace(d, source=source, fields=_types(d)) for d in found]


def read_gml(source: LayerSource) -> Read:
    """Return one feature type of a GML file as a canonical layer."""
    with _as_written(source.path) as path:
        return read_layer(replace(source, path=path))


@contextmanager
def _as_written(path: Path) -> Iterator[Path]:
    """Yield the file in a folder where only its schema lies beside it."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in _AS_WRITTEN}
    with tempfile.TemporaryDirectory(prefix="carbonspace-") as folder:
        for one in (path, path.with_suffix(".xsd")):
            if one.is_file():
                (Path(folder) / one.name).symlink_to(one.resolve())
        pyogrio.set_gdal_config_options(_AS_WRITTEN)
        try:
            yield Path(folder) / path.name
        finally:
            pyogrio.set_gdal_config_options(before)


def _types(dataset: Dataset) -> tuple[tuple[str, str], ...]:
    return tuple((name, _type(dataset.sample[name], kind)) for name, kind in dataset.fields)


def _type(values: pd.Series, kind: str) -> str:
    """Return what the texts of a field are: numbers unless one has a leading zero or is none."""
    texts = values.dropna().astype(str)
    if kind != "text" or texts.empty:
        return kind
    tests = ((_WHOLE, "integer"), (_NUMBER, "number"))
    return next((name for test, name in tests if texts.str.fullmatch(test).all()), "text")
