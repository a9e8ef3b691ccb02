"""The faults of a source, each with its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from carbonspace.errors import CarbonspaceError
from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.policy import FAULTS
from carbonspace.model.text import Text, quoted
from carbonspace.sources.dbf import Encoding
from carbonspace.sources.mapping import LayerSource

_KINDS_ZH = {"point": "点", "line": "线", "polygon": "面", "collection": "几何集合", "none": "空"}


def no_file(source: LayerSource) -> Finding:
    """Return the fault that a source does not exist."""
    nearby = source.path.parent
    there = sorted(p.name for p in nearby.iterdir()) if nearby.is_dir() else []
    listed = ", ".join(there[:8])
    found = Text(f"{source.source}（该处有：{listed or '无文件'}）",
                 f"{source.source} (there: {listed or 'nothing'})")  # fmt: skip
    return Finding(
        "error", source.key, Text("文件不存在", "The file does not exist"), found,
        Text("数据文件", "a data file"),
        Text(f"改正 [layers.{source.key}] 的 source；相对路径以 plan.toml 所在目录为准。",
             f"Correct the source of [layers.{source.key}]; a relative path starts at plan.toml."),
    )  # fmt: skip


def words_of(error: Exception) -> Text:
    """Return what an error says: its own two languages, or the words of another program."""
    if isinstance(error, CarbonspaceError):
        return Text(error.zh, str(error))
    return quoted(str(error) or type(error).__name__)


def unreadable(source: LayerSource, reason: Text) -> Finding:
    """Return the fault that a file cannot be read."""
    what = Text("无法读取文件", "The file cannot be read")
    action = Text("检查文件是否完整、编码是否正确（encoding）。",
                  "Check that the file is complete and its encoding stated.")  # fmt: skip
    if source.path.suffix.lower() == ".shp":
        action = Text("Shapefile 需要同名的 .shp、.shx、.dbf；编码用 encoding 写明。",
                      "A shapefile needs its .shp, .shx and .dbf; state its encoding.")  # fmt: skip
    return Finding("error", source.key, what, reason.under(source.source),
                   Text("GeoPackage、Shapefile、GeoJSON、FileGDB、GeoParquet 或 OSM 数据",
                        "GeoPackage, Shapefile, GeoJSON, FileGDB, GeoParquet or an OSM extract"),
                   action, local=True)  # fmt: skip


def too_large(source: LayerSource, error: CarbonspaceError) -> Finding:
    """Return the fault that a layer leaves no memory to compute in."""
    return Finding(
        "error", source.key, Text("图层太大", "The layer is too large"),
        words_of(error).under(source.source),
        Text("至多占内存八分之一的图层", "a layer that takes an eighth of the memory at most"),
        Text(f'在 [layers.{source.key}] 中用 where = "…" 筛选，拆分规划，或换一台内存更大的机器。',
             f'Select features with where = "…" under [layers.{source.key}], divide the plan, or '
             "use a machine with more memory."), local=True,
    )  # fmt: skip


def no_layer(source: LayerSource, names: Iterable[str]) -> Finding:
    """Return the fault that a file does not hold the layer, or holds several."""
    listed = ", ".join(names) or "-"
    what = Text("文件中没有该图层", "The file has no such layer") if source.layer else Text(
        "文件有多个图层，未指明用哪个", "The file does not have one layer, and none was named"
    )  # fmt: skip
    found = Text(f"{source.layer or source.source}；图层：{listed}",
                 f"{source.layer or source.source}; layers: {listed}")  # fmt: skip
    return Finding(
        "error", source.key, what, found, Text(f"其中之一：{listed}", f"one of: {listed}"),
        Text(f'在 [layers.{source.key}] 中写 layer = "…"。',
             f'Write layer = "…" under [layers.{source.key}].'),
    )  # fmt: skip


def not_spatial(source: LayerSource, names: Iterable[str]) -> Finding:
    """Return the fault that a file holds tables only."""
    listed = ", ".join(names) or "-"
    return Finding(
        "error", source.key,
        Text("文件没有空间数据，只有表格", "The file holds tables, no geometry"),
        Text(f"{source.source}；表：{listed}", f"{source.source}; tables: {listed}"),
        Text("含几何的图层", "a layer with geometry"),
        Text("写含有图形的数据文件；表格需先与图形连接。",
             "Name the file with the shapes; join a table to them first."),
        local=True,
    )  # fmt: skip


def empty(source: LayerSource) -> Finding:
    """Return the fault that no feature was found."""
    found = Text("0 个要素", "0 features")
    if source.where:
        found = Text(f"符合 {source.where} 的要素 0 个", f"0 features where {source.where}")
    return Finding(
        "error", source.key, Text("图层没有要素", "The layer has no features"), found,
        Text("至少一个要素", "at least one feature"),
        Text(f"检查来源与筛选条件，或从 plan.toml 中删去 [layers.{source.key}]。",
             f"Check its source and filter, or remove [layers.{source.key}] from plan.toml."),
    )  # fmt: skip


def wrong_kind(source: LayerSource, kinds: np.ndarray) -> Finding:
    """Return the fault that features are, for example, lines instead of polygons."""
    expected = LAYERS[source.key].geometry
    names, counts = np.unique(kinds, return_counts=True)
    pairs = [*zip(counts, names, strict=True)]
    found = Text("、".join(f"{n} 个{_KINDS_ZH[k]}" for n, k in pairs),
                 ", ".join(f"{n} × {k}" for n, k in pairs))  # fmt: skip
    upper = f"{'POLYGON' if 'polygon' in expected else 'LINESTRING'}"
    return Finding(
        "error", source.key, Text("几何类型不符", "The geometry is of the wrong kind"), found,
        Text("或".join(_KINDS_ZH[k] for k in expected), " or ".join(expected)),
        Text(f"改用正确的图层，或筛选：where = \"OGR_GEOMETRY LIKE '%{upper}'\"；"
             "或写 [policy] mixed_types = \"repair\"。",
             f"Name the right layer, or filter: where = \"OGR_GEOMETRY LIKE '%{upper}'\"; or write "
             "[policy] mixed_types = \"repair\"."),
        local=True,
    )  # fmt: skip


def bad_where(source: LayerSource, fields: Iterable[str], reason: Text) -> Finding:
    """Return the fault that GDAL does not understand a filter."""
    condition, listed = f"where = {source.where!r}", ", ".join(fields)
    return Finding(
        "error", source.key, Text("筛选条件 where 无法执行", "The filter cannot be used"),
        Text(f"{condition}（{reason.zh}）；字段：{listed}",
             f"{condition} ({reason.en}); fields: {listed}"),
        Text("OGR SQL 的 WHERE 条件", "a WHERE condition of OGR SQL"),
        Text("检查字段名与引号；逻辑值写 1 或 0。",
             "Check field names and quotes; write flags as 1 or 0."),
    )  # fmt: skip


def bad_encoding(source: LayerSource, encoding: str | Text) -> Finding:
    """Return the fault that an encoding is not known or does not fit."""
    return Finding(
        "error", source.key, Text("编码不可用", "The encoding cannot be used"), encoding,
        Text("文件实际使用的编码", "the encoding the file is written in"),
        Text('例如 encoding = "GB18030" 或 "UTF-8"。',
             'For instance encoding = "GB18030" or "UTF-8".'),
    )  # fmt: skip


def guessed(source: LayerSource, encoding: str) -> Finding:
    """Return the warning that an encoding was taken from the bytes of the text."""
    return Finding(
        "warning", source.key,
        Text("文件未写明编码", "The file does not state its encoding"),
        f"{source.source}: {encoding}", Text("写明的编码", "a stated encoding"),
        Text(f'已按 {encoding} 读取；请在 plan.toml 中写明 encoding = "{encoding}"。',
             f'Read as {encoding}; state encoding = "{encoding}" in plan.toml.'),
    )  # fmt: skip


def encoding_notes(source: LayerSource, found: Encoding) -> Iterator[Finding]:
    """Yield what is to be said about the encoding of a shapefile."""
    if found.refuted:
        yield _refuted(source, found)
    elif found.how == "bytes":
        yield guessed(source, found.name)
    elif found.how == "ldid":
        yield _by_language_byte(source, found.name)
    if found.rival:
        yield _rivalled(source, found)
    if found.misfits:
        yield _misfits(source, found)


def _refuted(source: LayerSource, found: Encoding) -> Finding:
    return Finding(
        "warning", source.key,
        Text("文件写明的编码与内容不符", "The text is not in the encoding the file states"),
        f"{source.source}: {found.refuted.upper()}", Text(found.name, found.name),
        Text(f'已按 {found.name} 读取；请改正 .cpg，或写明 encoding = "{found.name}"。',
             f'Read as {found.name}; correct the .cpg or state encoding = "{found.name}".'),
    )  # fmt: skip


def _by_language_byte(source: LayerSource, encoding: str) -> Finding:
    return Finding(
        "note", source.key, Text("没有 .cpg 文件", "There is no .cpg"),
        f"{source.source}: {encoding} (LDID)", Text(".cpg 写明的编码", "an encoding in a .cpg"),
        Text(f"编码取自 .dbf 的语言标识：{encoding}。",
             f"The language byte of the .dbf was followed: {encoding}."),
    )  # fmt: skip


def _rivalled(source: LayerSource, found: Encoding) -> Finding:
    return Finding(
        "warning", source.key,
        Text("写明的编码可能有误", "The stated encoding may be wrong"),
        f"{source.source}: {found.name}", Text(f"或为 {found.rival}", f"perhaps {found.rival}"),
        Text(f'若文字为乱码，写明 encoding = "{found.rival}"。',
             f'If the names look garbled, state encoding = "{found.rival}".'),
    )  # fmt: skip


def _misfits(source: LayerSource, found: Encoding) -> Finding:
    return Finding(
        "warning", source.key,
        Text("部分文字的字节已损坏", "Some texts hold bytes of no encoding"),
        Text(f"{found.misfits} 处文字", f"{found.misfits} texts").under(source.source),
        Text(found.name, found.name),
        Text("损坏的字节以 � 代替；请在源数据中改正。",
             "They are replaced by �; correct them in the source."),
    )  # fmt: skip


def not_for(source: LayerSource, name: str, form: str) -> Finding:
    """Return the fault that a key of plan.toml means nothing for this kind of file."""
    return Finding(
        "error", source.key, Text(f"{form} 不支持 {name}", f"{name} does not apply to {form}"),
        f"{name} = {getattr(source, name)!r}", Text("不写该项", "no such key"),
        Text(f"从 [layers.{source.key}] 中删去 {name}。",
             f"Remove {name} from [layers.{source.key}]."),
    )  # fmt: skip


def broken(key: str, feature: str) -> Finding:
    """Return the warning that a feature's stored geometry cannot be built."""
    return Finding(
        "warning", key, Text("几何无法构成", "The geometry cannot be built"),
        Text("环的点数过少或未闭合", "a ring of too few points or not closed"),
        Text("至少三个不同点的闭合环", "closed rings of at least three different points"),
        Text("该要素没有几何，不参与量算；请在源数据中改正。",
             "The feature has no geometry and does not count; correct it in the source."),
        feature,
    )  # fmt: skip


def unclosed(source: LayerSource, feature: str) -> Finding:
    """Return the warning, or the fault, that a polygon has a ring that is left open."""
    kind, policy = FAULTS["unclosed"], source.policy("unclosed")
    return Finding(
        "error" if policy.choice == "refuse" else kind.severity, source.key, kind.title,
        Text("末点不是首点", "the last point is not the first"), kind.expected,
        kind.does[policy.choice], feature, local=policy.choice == "refuse",
    )  # fmt: skip


def not_in_osm(source: LayerSource, known: str) -> Finding:
    """Return the fault that an OpenStreetMap extract does not hold a layer."""
    return Finding(
        "error", source.key,
        Text("OSM 数据不提供该图层", "An OSM extract does not give this layer"), source.source,
        Text(f"其中之一：{known}", f"one of: {known}"),
        Text("为该图层指定其他数据文件。", "Name another file for this layer."),
    )  # fmt: skip


def stroked(source: LayerSource) -> Finding:
    """Return the note, or the fault, that there are arcs."""
    kind, policy = FAULTS["curves"], source.policy("curves")
    limit = f"{policy.limit:g} {kind.unit}"
    return Finding(
        "error" if policy.choice == "refuse" else kind.severity, source.key, kind.title,
        Text("圆弧", "curved geometry"),
        Text(f"{kind.expected.zh}（容差 {limit}）", f"{kind.expected.en} (tolerance {limit})"),
        kind.does[policy.choice], local=policy.choice == "refuse",
    )  # fmt: skip
