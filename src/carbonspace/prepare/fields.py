"""Ids and coded values: every feature has one name, every code is a known one."""

from __future__ import annotations

import math
from collections.abc import Iterator

import geopandas as gpd
import pandas as pd

from carbonspace.model.finding import Finding
from carbonspace.model.landuse import normalise
from carbonspace.model.layers import LAND_USE, LAYERS, SEPARATOR, Column
from carbonspace.model.outcome import CITY
from carbonspace.model.text import Text, counted

_SHOWN = 5
_MIXED = "mixed_use_codes"
_TRANSLATIONS = {
    "crosswalk": Text(
        "按 GB 50137 对照表换算（对照表未经核实）。", "By the GB 50137 crosswalk (unverified)."
    ),
    "left-padded": Text("已补足前导零。", "The lost leading zero was restored."),
}


def indexed(key: str, layer: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the layer indexed by its id; where it has none, features are numbered."""
    name = LAYERS[key].id
    if layer.index.name == name:
        return layer, _duplicates(key, layer.index)
    if name not in layer or layer[name].isna().all():
        numbers = [f"{key}-{n}" for n in range(1, len(layer) + 1)]
        return _with_index(layer, pd.Index(numbers, name=name)), [_numbered(key, name)]
    ids = layer[name].astype("string")
    index = pd.Index(ids.fillna("").astype("str"), name=name)
    findings = (
        _reserved(key, ids)
        + _unnamed(key, name, int(ids.isna().sum()))
        + _duplicates(key, index[ids.notna().to_numpy()])
    )
    return _with_index(layer, index), findings


def coded(key: str, layer: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the layer with land-use codes of the 2023 classification; unknown codes are faults."""
    findings = [
        finding
        for column in LAYERS[key].columns
        if column.name in layer
        for finding in _column_faults(key, layer, column)
    ]
    layer, more = _mixed(key, layer)
    findings += more
    column_name = LAND_USE.get(key)
    if column_name is None or column_name not in layer:
        return layer, findings
    codes = normalise(layer[column_name])
    changed = codes["how"].isin(["left-padded", "crosswalk"]).to_numpy()
    notes = list(_translated(key, layer[column_name][changed], codes[changed]))
    unknown = (codes["how"] == "unknown").to_numpy() & layer[column_name].notna().to_numpy()
    faults = list(_unknown_codes(key, column_name, layer[column_name][unknown]))
    return layer.assign(**{column_name: codes["code"]}), findings + notes + faults


def _mixed(key: str, layer: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the layer with each code of a mixed land use of the 2023 classification."""
    if key != "parcels" or _MIXED not in layer:
        return layer, []
    parts = pd.Series(layer[_MIXED].to_numpy()).dropna().str.split(SEPARATOR).explode()
    codes = normalise(parts)
    joined = codes["code"].dropna().groupby(level=0, sort=False).agg(SEPARATOR.join)
    whole = layer.assign(**{_MIXED: joined.reindex(range(len(layer))).astype("str").to_numpy()})
    raw = parts[(codes["how"] == "unknown").to_numpy()]
    raw.index = layer.index[raw.index]
    return whole, [*_unknown_codes(key, _MIXED, raw)]


def _with_index(layer: gpd.GeoDataFrame, index: pd.Index) -> gpd.GeoDataFrame:
    return layer.drop(columns=str(index.name), errors="ignore").set_index(index)


def _column_faults(key: str, layer: gpd.GeoDataFrame, column: Column) -> Iterator[Finding]:
    given, known = layer[column.name], column.values  # noqa: PD011
    if column.required and given.isna().any():
        yield _blank(key, column, given.index[given.isna()])
    if known:
        each = given.str.split(SEPARATOR).explode() if column.many else given
        strange = each[each.notna().to_numpy() & ~each.isin(known).to_numpy(dtype=bool)]
        for value, group in strange.groupby(strange):
            yield _strange(key, column, str(value), group.index)
    if column.kind == "number":
        yield from _number_faults(key, column, pd.to_numeric(given))


def _number_faults(key: str, column: Column, given: pd.Series) -> Iterator[Finding]:
    if column.low == 0:
        below = (given < 0).to_numpy(dtype=bool, na_value=False)
        if below.any():
            yield _negative(key, column, given[below])
    endless = (given.abs() == math.inf).to_numpy(dtype=bool, na_value=False)
    if endless.any():
        yield _infinite(key, column, given[endless])


def _numbered(key: str, name: str) -> Finding:
    return Finding(
        "note", key, Text("图层没有编号", "The layer has no ids"),
        Text(f"没有字段 {name}", f"no column {name}"),
        Text(f"字段 {name}", f"column {name}"),
        Text("已按顺序编号。", "Features were numbered in their order."),
    )  # fmt: skip


def _reserved(key: str, ids: pd.Series) -> list[Finding]:
    if key != "units" or not (ids == CITY).any():
        return []
    return [Finding(
        "error", key, Text("单元编号被保留", "The unit id is reserved"), CITY,
        Text(f"不同于 {CITY} 的编号", f"an id other than {CITY}"),
        Text(f"{CITY} 表示全市；请改用其他编号。", f"{CITY} stands for the whole city; rename it."),
        CITY,
    )]  # fmt: skip


def _unnamed(key: str, name: str, count: int) -> list[Finding]:
    if not count:
        return []
    return [Finding(
        "error", key, Text("部分要素没有编号", "Some features have no id"),
        Text(f"{count} 个空值", f"{count} × null"),
        Text(f"每个要素都有 {name}", f"{name} for every feature"),
        Text("补全编号，或不映射该字段。", "Fill the ids in, or leave the column unmapped."),
    )]  # fmt: skip


def _duplicates(key: str, ids: pd.Index) -> list[Finding]:
    twice = ids[ids.duplicated()].unique()
    return [
        Finding(
            "error", key, Text("编号重复", "The id is not unique"),
            counted(int((ids == one).sum()), "个要素", "feature", "features"),
            Text("每个编号只出现一次", "each id once"),
            Text("合并这些要素或改正编号。", "Merge these features or correct their ids."),
            str(one),
        )
        for one in twice
    ]  # fmt: skip


def _listed(index: pd.Index) -> str:
    shown = ", ".join(str(one) for one in index[:_SHOWN])
    return shown if len(index) <= _SHOWN else f"{shown}, … ({len(index)})"


def _in(found: str, where: pd.Index, found_zh: str = "") -> Text:
    return Text(f"{found_zh or found}（{_listed(where)}）", f"{found} in {_listed(where)}")


def _blank(key: str, column: Column, where: pd.Index) -> Finding:
    return Finding(
        "error", key, Text(f"{column.title.zh}（{column.name}）为空", f"{column.name} is empty"),
        _in("null", where, "空值"), column.title,
        Text("在源数据中补全。", "Fill it in in the source."), str(where[0]), local=True,
    )  # fmt: skip


def _strange(key: str, column: Column, value: str, where: pd.Index) -> Finding:
    known = ", ".join(column.values)
    return Finding(
        "error", key, Text(f"{column.title.zh}（{column.name}）的值未知",
                           f"{column.name} has an unknown value"),
        _in(repr(value), where), Text(known, known),
        Text(f"在 [layers.{key}.values.{column.name}] 中对应。",
             f"Map it under [layers.{key}.values.{column.name}]."), str(where[0]),
    )  # fmt: skip


def _negative(key: str, column: Column, values: pd.Series) -> Finding:
    return Finding(
        "error", key, Text(f"{column.title.zh}（{column.name}）为负", f"{column.name} is negative"),
        _in(f"{values.iloc[0]:g}", values.index), Text("不小于 0", "0 or more"),
        Text("在源数据中改正。", "Correct it in the source."), str(values.index[0]), local=True,
    )  # fmt: skip


def _infinite(key: str, column: Column, values: pd.Series) -> Finding:
    return Finding(
        "error", key, Text(f"{column.title.zh}（{column.name}）为无穷大",
                           f"{column.name} is infinite"),
        _in(f"{values.iloc[0]:g}", values.index), Text("有限的数值", "a number that has an end"),
        Text("在源数据中改正，或留空。", "Correct it in the source, or leave it empty."),
        str(values.index[0]), local=True,
    )  # fmt: skip


def _unknown_codes(key: str, column: str, raw: pd.Series) -> Iterator[Finding]:
    expected = Text(
        "2023 年用地用海分类代码或 GB 50137 字母代码",
        "a code of the 2023 land-use classification, or a GB 50137 letter code",
    )
    action = Text(f"在 [layers.{key}.values.{column}] 中对应该代码。",
                  f"Map the code under [layers.{key}.values.{column}].")  # fmt: skip
    for value, group in raw.groupby(raw):
        what = Text("用地代码未知", "The land-use code is not known")
        found = _in(repr(value), group.index)
        yield Finding("error", key, what, found, expected, action, str(group.index[0]))


def _translated(key: str, raw: pd.Series, codes: pd.DataFrame) -> Iterator[Finding]:
    pairs = pd.DataFrame({"raw": raw.astype(str), "code": codes["code"], "how": codes["how"]})
    for how, group in pairs.groupby("how"):
        unique = group.drop_duplicates("raw").sort_values("raw")
        found = ", ".join(f"{r} → {c}" for r, c in zip(unique["raw"], unique["code"], strict=True))
        what = Text("用地代码已换算", "Land-use codes were translated")
        count = counted(len(group), "个要素", "feature", "features")
        listed = Text(f"{count.zh}：{found}", f"{count.en}: {found}")
        expected = Text("2023 年代码", "2023 codes")
        yield Finding("note", key, what, listed, expected, _TRANSLATIONS[str(how)])
