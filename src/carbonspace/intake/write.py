"""A draft becomes the text of plan.toml: every guess with its certainty and its reason."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from rich.cells import cell_len

from carbonspace.intake import crs as crs_guess
from carbonspace.intake.draft import (
    CERTAINTIES,
    ColumnDraft,
    Draft,
    Guess,
    LayerDraft,
    RasterDraft,
    Unused,
)
from carbonspace.intake.guess import raster_title
from carbonspace.intake.toml import quoted
from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Lang, Text
from carbonspace.sources.dbf import guessed_encoding
from carbonspace.sources.dsn import is_dsn
from carbonspace.sources.listing import Dataset
from carbonspace.sources.osm import is_osm
from carbonspace.version import __version__

_WIDTH = 98
_OSM = "© OpenStreetMap contributors, ODbL 1.0"
_SHOWN = 12
_INTRO = Text(
    "由 carbonspace init 根据数据推测写成（{version}）。确定：可以放心；很可能、不确定：请核对。"
    "以 # 开头的行不起作用，去掉 # 即生效。核对后运行：carbonspace check {name}",
    "Guessed from the data by carbonspace init ({version}). Check every line that is likely or "
    "unsure. A line that starts with # does nothing until the # is removed. Then run: "
    "carbonspace check {name}",
)
_NO_CRS = Text(
    "平面坐标系：数据自身无法判断，须由您写明。以下坐标系与坐标相符：",
    "The projected CRS to measure in: the data do not tell it, you must. These would fit:",
)
_NO_PROPOSAL = Text("没有相符的坐标系；坐标可能是地方坐标",
                    "none fits: the coordinates may be local ones")  # fmt: skip
_LACKS = Text("缺少必需字段 {columns}，因此整段不起作用；补上后去掉 #。",
              "The required column {columns} is missing, so this block does nothing. Give it, "
              "then remove the #.")  # fmt: skip
_STRANGE = Text("未识别的取值：{values}", "values not understood: {values}")
_UNUSED = Text("未使用的数据", "Data that are not used")
_ABSENT = Text("没有找到的图层", "Layers that were not found")
_NO_UNITS = Text("没有规划单元无法计算：给出 [layers.units]，或给地块 unit_id 并写 [derive] units",
                 "nothing is computed without units: give [layers.units], or give parcels a "
                 "unit_id and write [derive] units")  # fmt: skip
_PROFILES = Text("阈值方案，可选：{names}", "whose thresholds to hold it against: {names}")
_OF_LAYER = Text("源数据的坐标系须由您写明；以下与坐标相符：",
                 "You must state its CRS. These would fit:")  # fmt: skip
_NO_CPG = Text("没有 .cpg；由文本的字节识别，不写明也这样读",
               "there is no .cpg; the bytes of its text tell; it is read so anyhow")  # fmt: skip
_IN_PARTS = Text("不确定：{count} 个文件字段相同、互不重叠，视为同一图层",
                 "unsure: {count} files of the same fields, side by side, are one "
                 "layer")  # fmt: skip
_ONE_KIND = Text("数据混有点、线、面，只读取其中一种",
                 "points, lines and polygons are mixed; one kind is read")  # fmt: skip
_NORTH_FIRST = Text("与上一行一起用：北坐标在前", "with the line above: the northing comes first")
_COLON = Text("：", ": ")
_AS_ABOVE = Text("须由您写明：与上面 crs 所列的之一", "you must state it: one of those at the top")


def plan_text(draft: Draft, file: Path, lang: Lang, profiles: Iterable[str] = ()) -> str:
    """Return plan.toml for a draft.

    Parameters
    ----------
    draft
        What init makes of the data.
    file
        Where it will lie: paths in it start there.
    lang
        The language of the comments.
    profiles
        The names to choose from, in a comment.
    """
    intro = _INTRO.filled(version=__version__, name=file.name)
    lines = [*_comment(intro.to(lang)), "format = 1", f"name = {_name(draft.name)}", ""]
    lines += [*_plan_crs(draft, lang), *_profiles(profiles, lang), *_attribution(draft)]
    lines += [*_derive(draft, lang)]
    for layer in draft.layers:
        lines += ["", *_layer(layer, draft, file, lang)]
    for raster in draft.rasters:
        lines += ["", *_raster(raster, file, lang)]
    lines += [*_absent(draft, lang), *_unused(draft.unused, file, lang)]
    return "\n".join(lines).rstrip() + "\n"


def source_text(source: str, file: Path) -> str:
    """Return a source as plan.toml names it: a path from the file, or a database as it is.

    A path may lead on into an archive.
    """
    path = Path(source)
    if not any(one.exists() for one in (path, *path.parents[:-1])) or is_dsn(source):
        return source
    place = path.parent.resolve() / path.name  # a link keeps its name; it may lead in a circle
    try:
        return PurePath(os.path.relpath(place, file.resolve().parent)).as_posix()
    except ValueError:  # another drive
        return place.as_posix()


def _name(name: str) -> str:
    return f"{{ zh = {quoted(name)}, en = {quoted(name)} }}"


def _plan_crs(draft: Draft, lang: Lang) -> Iterator[str]:
    if draft.crs is not None:
        title = crs_guess.title(draft.crs.value)
        yield from _comment(f"{_sure(draft.crs, lang)}{title}")
        yield f"crs = {quoted(draft.crs.value)}"
        return
    yield from _comment(_NO_CRS.to(lang))
    yield from _proposals(draft.crs_options, lang)


def _proposals(options: tuple[Guess, ...], lang: Lang) -> Iterator[str]:
    if not options:
        yield from _comment(_NO_PROPOSAL.to(lang))
    for one in options:
        title = crs_guess.title(one.value)
        yield _line(f"# crs = {quoted(one.value)}", f"{_sure(one, lang)}{title}")
        if one.axes:
            yield _line(f"# axes = {quoted(one.axes)}", _NORTH_FIRST.to(lang))


def _profiles(names: Iterable[str], lang: Lang) -> Iterator[str]:
    listed = ", ".join(names)
    if listed:
        yield from _comment(_PROFILES.filled(names=listed).to(lang))
    yield "profiles = []"


def _attribution(draft: Draft) -> Iterator[str]:
    if any(one.dataset.gives and is_osm(Path(one.dataset.source)) for one in draft.layers):
        yield f"attribution = [{quoted(_OSM)}]"


def _derive(draft: Draft, lang: Lang) -> Iterator[str]:
    if not draft.derive:
        return
    yield from ("", "[derive]")
    for one in draft.derive:
        level, _, source = one.value.partition(" = ")
        yield _line(f"{level} = {quoted(source)}", _sure(one, lang).rstrip("。. "))


def _layer(layer: LayerDraft, draft: Draft, file: Path, lang: Lang) -> Iterator[str]:
    """Yield one block, commented out where a required column is missing."""
    title = LAYERS[layer.key].title.to(lang)
    yield from _comment(f"{title} — {_sure(layer.guess, lang)}{_facts(layer.dataset)}")
    if layer.parts:
        count = len(layer.parts) + 1
        yield from _comment(_IN_PARTS.filled(count=count).to(lang))
    if layer.lacking:
        yield from _comment(_LACKS.filled(columns=", ".join(layer.lacking)).to(lang))
    mark = "# " if layer.lacking else ""
    yield from (f"{mark}{line}".rstrip() for line in _block(layer, draft, file, lang))


def _block(layer: LayerDraft, draft: Draft, file: Path, lang: Lang) -> Iterator[str]:
    dataset = layer.dataset
    yield f"[layers.{layer.key}]"
    sources = [source_text(one.source, file) for one in (dataset, *layer.parts)]
    yield f"source = {quoted(sources if layer.parts else sources[0])}"
    if dataset.layer is not None and all(one.layer == dataset.layer for one in layer.parts):
        yield f"layer = {quoted(dataset.layer)}"
    if layer.where is not None:
        note = _ONE_KIND.to(lang) if layer.dataset.kind == "mixed" else ""
        yield _line(f"where = {quoted(layer.where)}", note)
    yield from _layer_crs(layer, draft, lang)
    yield from _encoding(dataset, lang)
    yield from _table(f"layers.{layer.key}.fields", _fields(layer, lang))
    yield from _table(f"layers.{layer.key}.constants", _constants(layer, lang))
    yield from _table(f"layers.{layer.key}.extract", _extracts(layer, lang))
    for column in layer.columns:
        if column.meanings:
            name = f"layers.{layer.key}.values.{column.column}"
            yield from _table(name, _values(column.meanings))
    if layer.lacking:
        yield from _free_fields(layer)


def _layer_crs(layer: LayerDraft, draft: Draft, lang: Lang) -> Iterator[str]:
    if layer.crs is not None:
        yield f"crs = {quoted(layer.crs)}"
        if layer.axes:
            yield f"axes = {quoted(layer.axes)}"
    elif layer.crs_options and layer.crs_options == draft.crs_options:
        yield from _comment(crs_guess.doubt(layer.dataset).to(lang))
        yield _line('# crs = "EPSG:…"', _AS_ABOVE.to(lang))
    elif layer.is_placeless:
        yield from _comment(crs_guess.doubt(layer.dataset).to(lang))
        yield from _comment(_OF_LAYER.to(lang))
        yield from _proposals(layer.crs_options, lang)


def _encoding(dataset: Dataset, lang: Lang) -> Iterator[str]:
    """Yield the encoding a shapefile does not state; it is recognised anyhow, with a finding."""
    path = Path(dataset.source)
    if path.suffix.lower() != ".shp" or any(path.with_suffix(s).exists() for s in (".cpg", ".CPG")):
        return
    if (found := guessed_encoding(path)) is not None:
        yield _line(f"# encoding = {quoted(found)}", _NO_CPG.to(lang))


def _table(name: str, lines: Iterable[str]) -> Iterator[str]:
    found = [*lines]
    if found:
        yield f"[{name}]"
        yield from found


def _fields(layer: LayerDraft, lang: Lang) -> Iterator[str]:
    for one in layer.columns:
        if one.field is not None and one.pattern is None:
            yield _line(f"{one.column} = {quoted(one.field)}", _about(one, lang))


def _constants(layer: LayerDraft, lang: Lang) -> Iterator[str]:
    for one in layer.columns:
        if one.constant is not None:
            yield _line(f"{one.column} = {quoted(one.constant)}", _about(one, lang))


def _extracts(layer: LayerDraft, lang: Lang) -> Iterator[str]:
    for one in layer.columns:
        if one.pattern is not None:
            rule = f"{{ field = {quoted(one.field)}, pattern = {quoted(one.pattern)} }}"
            yield _line(f"{one.column} = {rule}", _about(one, lang))


def _values(values: Mapping[str, Any]) -> Iterator[str]:
    for written, meant in values.items():
        yield f"{quoted(str(written))} = {quoted(meant)}"


def _free_fields(layer: LayerDraft) -> Iterator[str]:
    """Yield the fields that are left, with what they hold, to choose a missing column from."""
    used = {one.field for one in layer.columns}
    for name, _ in layer.dataset.fields:
        if name not in used and (shown := shown_values(layer.dataset, name)):
            yield from _comment(f"{name}: {shown}")


def shown_values(dataset: Dataset, name: str) -> str:
    """Return a few of the values of a field, to recognise it by."""
    if name not in dataset.sample:
        return ""
    values = dataset.sample[name].dropna()
    if values.dtype.kind == "f" and values.nunique() > _SHOWN:
        return f"{values.min():.6g} … {values.max():.6g}"
    distinct = values.astype(str).unique()
    listed = ", ".join(textwrap.shorten(v, 24, placeholder="…") for v in distinct[:_SHOWN])
    return f"{listed}, …" if len(distinct) > _SHOWN else listed


def _about(column: ColumnDraft, lang: Lang) -> str:
    words = f"{CERTAINTIES[column.certainty].to(lang)}{_COLON.to(lang)}{column.why.to(lang)}"
    if column.strange:
        strange = _STRANGE.filled(values=", ".join(column.strange[:_SHOWN]))
        words += f"; {strange.to(lang)}"
    return words


def _raster(raster: RasterDraft, file: Path, lang: Lang) -> Iterator[str]:
    title = raster_title(raster.guess.value).to(lang)
    yield from _comment(f"{title} — {_sure(raster.guess, lang)}{_facts(raster.dataset)}")
    yield f"[rasters.{raster.guess.value}]"
    yield f"source = {quoted(source_text(raster.dataset.source, file))}"


def _absent(draft: Draft, lang: Lang) -> Iterator[str]:
    present = {one.key for one in draft.layers}
    missing = [key for key in LAYERS if key not in present]
    if missing:
        yield from ("", *_comment(f"{_ABSENT.to(lang)}: {', '.join(missing)}"))
    if not draft.gives_units:
        yield from _comment(_NO_UNITS.to(lang))


def _unused(unused: tuple[Unused, ...], file: Path, lang: Lang) -> Iterator[str]:
    if unused:
        yield from ("", *_comment(f"{_UNUSED.to(lang)}:"))
    for one in unused:
        place = source_text(one.dataset.source, file)
        layer = f" [{one.dataset.layer}]" if one.dataset.layer else ""
        yield from _comment(f"- {place}{layer}: {one.why.to(lang)}. {_facts(one.dataset)}")
        if crs_guess.contradicts(one.dataset):
            yield from _comment(f"    {crs_guess.doubt(one.dataset).to(lang)}")
        for name, _ in one.dataset.fields if one.open else ():
            if shown := shown_values(one.dataset, name):
                yield from _comment(f"    {name}: {shown}")


def _facts(dataset: Dataset) -> str:
    """Return what a dataset is, in a few words that need no translation."""
    crs = crs_guess.short(dataset.crs) if dataset.crs else "CRS ?"
    count = f"{dataset.features} × " if dataset.features > 0 else ""
    names = ", ".join(name for name, _ in dataset.fields[:_SHOWN])
    more = ", …" if len(dataset.fields) > _SHOWN else ""
    parts = [f"{count}{dataset.kind}", crs] if dataset.kind != "unreadable" else []
    return "; ".join([*parts, *([names + more] if names else [])])


def _sure(guess: Guess, lang: Lang) -> str:
    stop = "。" if lang == "zh" else ". "
    words = CERTAINTIES[guess.certainty].to(lang)
    return f"{words}{_COLON.to(lang)}{guess.why.to(lang)}{stop}"


def _line(setting: str, comment: str) -> str:
    return f"{setting}  # {_clean(comment)}" if comment else setting


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in _wrapped(_clean(text))] or ["#"]


def _wrapped(text: str) -> Iterator[str]:
    """Yield lines of `_WIDTH` cells; a Chinese text breaks after any character."""
    line = ""
    for word in re.findall(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+[：，；。]?\s*|\s+", text):
        if line and cell_len(line) + cell_len(word.rstrip()) > _WIDTH:
            yield line.rstrip()
            line = ""
        line += word if line else word.lstrip()
    if line:
        yield line.rstrip()


def _clean(text: str) -> str:
    """Return text without what would end a comment or is no character."""
    bare = re.sub(r"[\x00-\x1f\x7f]+", " ", text)
    return bare.encode("utf-8", "replace").decode("utf-8").strip()
