"""The text exchange format of boundary surveys (勘测定界): `[属性描述]`, then `[地块坐标]`.

Each parcel is a line `点数,面积,编号,名称,图形,图幅,用途,地类,@` and its points
`点号,圈号,X,Y`. X is the northing. A ring within another is its hole, whatever its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from carbonspace.model.crs_catalogue import look
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.sources import faults
from carbonspace.sources.boundary_crs import stated_crs
from carbonspace.sources.columns import canonical
from carbonspace.sources.dataset import Dataset, kind_of, spread
from carbonspace.sources.fieldnames import source_fields
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.rings import assembled
from carbonspace.sources.stored import Built
from carbonspace.sources.vector import Read, finished

FIELDS = ("界址点数", "地块面积(公顷)", "地块编号", "地块名称", "图形属性", "图幅号", "地块用途",
          "地类编码")  # fmt: skip
"""The fields of a parcel's line, in order; what follows is called 附加1, 附加2 …"""

_MARK = "[地块坐标]"
_ENCODINGS = ("utf-8-sig", "gb18030")
_HEAD_BYTES = 65_536
_SHAPES = ("面", "线", "点")
_AREA = re.compile(r"([\d.]+)\s*(公顷|平方米|㎡|m2|m²|亩|)", re.IGNORECASE)
_PER_HECTARE: Mapping[str, float] = {"公顷": 1, "": 1, "亩": 15}
_SHOWN = 20


class Parcel(NamedTuple):
    """One parcel as written: its fields, and its points as (ring, X, Y) with X the northing."""

    fields: list[str]
    points: list[tuple[str, float, float]]


class Survey(NamedTuple):
    """The content of a file: header, parcels, and what was wrong with its lines."""

    header: dict[str, str]
    parcels: list[Parcel]
    encoding: str
    faults: list[Finding]


class Layer(NamedTuple):
    """A survey as a table with its shapes, the CRS its header states, and what was noticed."""

    table: pd.DataFrame
    shapes: Built
    crs: str | None
    findings: list[Finding]


def is_boundary(source: str) -> bool:
    """Return True for a text file with the heading of the coordinates."""
    path = Path(source)
    if path.suffix.lower() != ".txt" or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    words = (_MARK.strip("[]").encode(encoding) for encoding in ("utf-8", "gb18030", "utf-16-le"))
    return any(word in head for word in words)


def boundary_datasets(source: str) -> list[Dataset]:
    """Return the one layer of a boundary survey."""
    survey = read_survey(Path(source), None, source)
    if survey.faults:
        return [Dataset(source, None, "unreadable", findings=tuple(survey.faults))]
    layer = as_layer(survey, source)
    frame = gpd.GeoDataFrame(layer.table, geometry=layer.shapes.geometry)
    types = {"界址点数": "integer", "地块面积(公顷)": "number"}
    fields = tuple((str(name), types.get(str(name), "text")) for name in layer.table)
    xmin, ymin, xmax, ymax = (float(v) for v in frame.total_bounds)
    bounds = (xmin, ymin, xmax, ymax) if frame.geometry.notna().any() else None
    return [Dataset(source, None, kind_of(layer.shapes.geometry), fields, len(frame), layer.crs,
                    bounds, spread(frame), tuple(layer.findings))]  # fmt: skip


def read_boundary(source: LayerSource) -> Read:
    """Return a boundary survey as one canonical layer, or every reason why it cannot be used."""
    refused = [name for name in ("layer", "where") if getattr(source, name)]
    if refused:
        return Read(None, [faults.not_for(source, name, "TXT") for name in refused])
    survey = read_survey(source.path, source.encoding, source.key)
    if survey.faults:
        return Read(None, survey.faults)
    layer = as_layer(survey, source.key)
    fields, notes = source_fields(source, [str(name) for name in layer.table])
    if any(note.severity == "error" for note in notes):
        return Read(None, [*layer.findings, *notes])
    columns, bad = canonical(layer.table, source, fields)
    read = finished(source, columns, layer.shapes.geometry, layer.crs)
    unclosed = [faults.unclosed(source, _called(layer.table, n)) for n in layer.shapes.closed]
    whole = read._replace(mended=layer.shapes.mended(source.key))
    return whole.after([*layer.findings, *notes, *bad, *unclosed])


def read_survey(path: Path, encoding: str | None, name: str) -> Survey:
    """Return the content of a file; its faults are filed under `name`.

    `encoding` None: UTF-8 if the bytes are, UTF-16 if they say so, else GB18030.
    """
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    for one in (encoding,) if encoding else _ENCODINGS:
        try:
            return _survey(data.decode(one), one, name)
        except (UnicodeDecodeError, LookupError):
            continue
    return Survey({}, [], "", [_undecoded(name, path.name)])


def as_layer(survey: Survey, name: str) -> Layer:
    """Return a survey as a table with geometry; findings are filed under `name`."""
    xy = np.array([(y, x) for p in survey.parcels for _, x, y in p.points]).reshape(-1, 2)
    turned = len(xy) > 0 and look(*np.median(xy, axis=0)).axes == "north-east"
    shapes = assembled(
        [([ring for ring, _, _ in p.points], _places(p, turned), _shape(p))
         for p in survey.parcels]
    )  # fmt: skip
    crs, doubts = stated_crs(survey.header, xy[:, ::-1] if turned else xy, name)
    table = _table(survey.parcels)
    findings = [*doubts, *([_turned(name)] if turned else []), *_miscounted(survey, name)]
    if survey.encoding == "gb18030":
        findings.append(_as_gb18030(name))
    findings += [faults.broken(name, _called(table, n)) for n in shapes.broken]
    return Layer(table, shapes, crs, findings)


def _called(table: pd.DataFrame, n: int) -> str:
    return str(table["地块编号"][n] or f"#{n + 1}")


def _survey(text: str, encoding: str, name: str) -> Survey:
    header, parcels, bad = dict[str, str](), list[Parcel](), list[tuple[int, str]]()
    inside = False
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip().translate(_PLAIN)
        if line.startswith("["):
            inside = line.startswith(_MARK)
        elif not inside:
            key, equals, value = line.partition("=")
            header |= {key.strip(): value.strip()} if equals else {}
        elif line and not _take(line, parcels):
            bad.append((number, raw.strip()))
    found = [*_bad_lines(name, bad)]
    if not parcels and not found:
        found = [_nothing(name)]
    return Survey(header, parcels, encoding, found)


_PLAIN = str.maketrans("，【】＝＠", ",[]=@")


def _take(line: str, parcels: list[Parcel]) -> bool:
    """Add a line to the parcels; False where it is neither a parcel nor a point."""
    cells = [cell.strip() for cell in line.split(",")]
    if line.endswith("@") or any(cell in _SHAPES for cell in cells):
        parcels.append(Parcel(cells[:-1] if cells[-1] == "@" else cells, []))
        return True
    try:
        x, y = float(cells[2]), float(cells[3])
    except (IndexError, ValueError):
        return False
    if not (np.isfinite(x) and np.isfinite(y)):
        return False
    if not parcels:
        parcels.append(Parcel([], []))
    parcels[-1].points.append((cells[1], x, y))
    return True


def _places(parcel: Parcel, turned: bool) -> np.ndarray:
    """Return the points as (easting, northing); `turned` where they were written so."""
    pairs = [(x, y) if turned else (y, x) for _, x, y in parcel.points]
    return np.array(pairs, dtype=float).reshape(-1, 2)


def _shape(parcel: Parcel) -> str:
    cell = parcel.fields[4] if len(parcel.fields) > 4 else ""
    return cell if cell in _SHAPES else "面"


def _table(parcels: list[Parcel]) -> pd.DataFrame:
    width = max([len(FIELDS), *(len(p.fields) for p in parcels)])
    names = [*FIELDS, *(f"附加{n}" for n in range(1, width - len(FIELDS) + 1))]
    rows = [[*(cell or None for cell in p.fields), *[None] * (width - len(p.fields))]
            for p in parcels]  # fmt: skip
    table = pd.DataFrame(rows, columns=names, dtype=object)
    table[FIELDS[0]] = [len(p.points) for p in parcels]
    table[FIELDS[1]] = [_hectares(str(cell or "")) for cell in table[FIELDS[1]]]
    return table


def _hectares(cell: str) -> float:
    """Return an area in hectares, as the format has it; a unit written beside it counts."""
    found = _AREA.fullmatch(cell.strip())
    try:
        return float(found[1]) / _PER_HECTARE.get(found[2], 10_000) if found else float("nan")
    except ValueError:
        return float("nan")


def _miscounted(survey: Survey, name: str) -> Iterator[Finding]:
    """Yield parcels with more or fewer points than stated, closing points counted or not."""
    for parcel in survey.parcels:
        stated, found = "".join(parcel.fields[:1]), len(parcel.points)
        rings = len({ring for ring, _, _ in parcel.points})
        if stated.isdecimal() and not found - rings <= int(stated) <= found + rings:
            what = Text("界址点数与实际不符", "The number of points is not the one stated")
            feature = parcel.fields[2] if len(parcel.fields) > 2 else None
            counts = Text(f"实有 {found} 点，写明 {stated} 点", f"{found} points, stated {stated}")
            yield Finding("warning", name, what, counts,
                          Text("界址点齐全的文件", "a complete file"),
                          Text("核对文件是否完整。", "Check that the file is complete."),
                          feature or None)  # fmt: skip


def _bad_lines(name: str, bad: list[tuple[int, str]]) -> Iterator[Finding]:
    what = Text("有无法识别的行", "A line cannot be understood")
    expected = Text("点号,圈号,X坐标,Y坐标；或以 @ 结尾的地块行",
                    "point,ring,X,Y; or a parcel's line that ends in @")  # fmt: skip
    action = Text("在源文件中改正该行。", "Correct the line in the file.")
    for number, line in bad[:_SHOWN]:
        found = Text(f"第 {number} 行：{line[:80]}", f"line {number}: {line[:80]}")
        yield Finding("error", name, what, found, expected, action)
    if len(bad) > _SHOWN:
        more = len(bad) - _SHOWN
        found = Text(f"另有 {more} 行", f"{more} more lines")
        yield Finding("error", name, what, found, expected, action)


def _nothing(name: str) -> Finding:
    return Finding(
        "error", name, Text("文件中没有地块", "The file has no parcel"),
        Text("0 个地块", "0 parcels"),
        Text(f"{_MARK} 之后的地块与界址点", f"parcels and points after {_MARK}"),
        Text("重新导出该文件。", "Export the file again."),
    )  # fmt: skip


def _undecoded(name: str, file: str) -> Finding:
    return Finding(
        "error", name, Text("文件编码不可用", "The encoding of the file cannot be used"), file,
        Text("UTF-8 或 GB18030", "UTF-8 or GB18030"),
        Text("用 encoding 写明编码，或另存为 UTF-8。",
             "State its encoding, or save it as UTF-8."),
    )  # fmt: skip


def _as_gb18030(name: str) -> Finding:
    return Finding(
        "note", name, Text("文件不是 UTF-8", "The file is not UTF-8"), "GB18030",
        Text("UTF-8 或 GB18030", "UTF-8 or GB18030"),
        Text("已按 GB18030 读取。", "Read as GB18030."),
    )  # fmt: skip


def _turned(name: str) -> Finding:
    return Finding(
        "warning", name,
        Text("坐标顺序与格式规定相反", "The coordinates stand the other way round"),
        Text("东坐标在前，北坐标在后", "easting before northing"),
        Text("X（北）在前，Y（东）在后", "X (northing) before Y (easting)"),
        Text("已对调：另一种顺序不在中国境内。",
             "They were exchanged: as written they lie outside China."),
    )  # fmt: skip
