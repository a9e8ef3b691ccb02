"""The morning message for people: a text, a page, and the files they are in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from carbonspace.batch.cityfile import City
from carbonspace.catalogue import indicators
from carbonspace.folder import aside_of
from carbonspace.model.layers import LAYERS
from carbonspace.model.rule import STATUS_TITLES
from carbonspace.model.text import Lang, Text
from carbonspace.outputs.filenames import safe_names

_SHOWN = 40
_SUFFIXES = {"text": "txt", "html": "html", "json": "json"}
_CITY = Text("全市", "City")
Message = Mapping[str, Any]


def text_of(message: Message, lang: Lang) -> str:
    """Return a message as lines."""
    return "\n".join([*_lines(message, lang)]) + "\n"


def subject_of(message: Message, lang: Lang) -> str:
    """Return a message in so few words that they may head a letter."""
    turned = message.get("flips", {"listed": [], "count": 0})
    missed = sum(one["to"] == "not_met" for one in turned["listed"])
    if message.get("failed"):
        said = Text("夜间计算失败", "the night failed")
    elif message["unchanged"]:
        said = Text("未变化", "nothing changed")
    elif message["first"]:
        said = Text("首次计算", "the first night")
    else:
        said = Text(f"结论变化 {turned['count']:,} 条，新未达标 {missed:,} 条",
                    f"verdicts turned {turned['count']:,}, newly missed {missed:,}")  # fmt: skip
    return f"carbonspace · {message['city']} · {said.to(lang)}"


def page_of(message: Message, lang: Lang) -> str:
    """Return a message as a page that needs nothing else; whatever it holds is escaped."""
    return _templates().get_template("message.html").render(
        message=message, lang=lang, said=[one.to(lang) for one in _summary(message)],
        words={name: one.to(lang) for name, one in _HEADS.items()}, shown=_SHOWN,
        place=lambda one: _place(one, lang), title=lambda one: _title(one, lang),
        turn=lambda one: _turn(one, lang), why=lambda one: _causes(one, lang),
        examples=lambda one: _examples(one, lang), pair=_pair, layer=lambda key: _layer(key, lang),
    )  # fmt: skip


def write_message(message: Message, city: City, lang: Lang, more: str = "") -> list[Path]:
    """Write a message in the forms that the city wants, each whole or not at all.

    `more` is for the names of files that are not to take the place of others.
    """
    if city.folder is None:
        return []
    city.folder.mkdir(parents=True, exist_ok=True)
    name = safe_names([city.name])[city.name]
    made = {
        "text": text_of(message, lang),
        "html": page_of(message, lang),
        "json": json.dumps(message, ensure_ascii=False, indent=1, allow_nan=False) + "\n",
    }
    written = []
    for form in city.message:
        file = city.folder / f"message-{name}{more}.{_SUFFIXES[form]}"
        aside = aside_of(file)
        try:
            aside.write_text(made[form], "utf-8", newline="\n")
            written.append(aside.replace(file))
        finally:
            aside.unlink(missing_ok=True)
    return written


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("carbonspace.batch", "templates"), autoescape=True,
                       auto_reload=False, trim_blocks=True, lstrip_blocks=True,
                       undefined=StrictUndefined)  # fmt: skip


_HEADS = {
    "inputs": Text("改动的数据", "Data that changed"),
    "flips": Text("结论的变化", "Verdicts that turned"),
    "values": Text("数值的变化", "Figures that changed"),
    "findings": Text("新发现的数据问题", "New findings about the data"),
    "worst": Text("受影响最大的单元", "Units hit worst"),
    "place": Text("单元", "Unit"), "indicator": Text("指标", "Indicator"),
    "pair": Text("前 → 后", "Was → is"), "target": Text("目标", "Target"),
    "verdict": Text("结论", "Verdict"), "clause": Text("条文", "Clause"),
    "layer": Text("图层", "Layer"), "source": Text("来源", "Source"),
    "features": Text("要素数", "Features"), "lost": Text("新增未达标", "Newly missed"),
    "missed": Text("未达标合计", "Missed in all"), "what": Text("问题", "What"),
    "found": Text("所见", "Found"), "action": Text("处理", "What was or is to be done"),
    "more": Text("另有", "more"), "why": Text("原因", "Why"), "number": Text("数量", "Number"),
}  # fmt: skip


def _lines(message: Message, lang: Lang) -> Iterator[str]:
    yield f"carbonspace · {message['city']} · {message['began']}"
    yield from (one.to(lang) for one in _summary(message))
    if message["inputs"]:
        yield from ("", _HEADS["inputs"].to(lang))
        for one in message["inputs"]:
            counts = f"{_count(one['before'])} → {_count(one['after'])}"
            yield f"  {_layer(one['layer'], lang)} ({one['source']}): {counts}"
    for name, line in (("flips", _flip), ("values", _value)):
        yield from _listed(message.get(name), name, line, lang)
    found = message.get("findings", {}).get("new")
    yield from _listed(found and {**found, "count": found["kinds"]}, "findings", _finding, lang,
                       found and found["count"])  # fmt: skip
    if message.get("worst"):
        yield from ("", _HEADS["worst"].to(lang))
        for one in message["worst"]:
            yield (f"  {one['unit']}: {_HEADS['lost'].to(lang)} {one['lost']}, "
                   f"{_HEADS['missed'].to(lang)} {one['missed']}")  # fmt: skip


def _listed(
    found: Mapping[str, Any] | None, name: str, line: Any, lang: Lang, in_all: int | None = None
) -> Iterator[str]:
    """Yield the first things of a list, and how many there are besides."""
    if found and found["count"]:
        yield from ("", f"{_HEADS[name].to(lang)}: {in_all or found['count']:,}")
        yield from (f"  {line(one, lang)}" for one in found["listed"][:_SHOWN])
        if (left := found["count"] - _SHOWN) > 0:
            yield f"  … {_HEADS['more'].to(lang)} {left:,}"


_RESUMED = Text(
    "接续未完成的一夜：其已算完的 {n} 块未重新计算",
    "tiles that a night had finished before it was ended, and that were not measured again: {n}",
)


def _summary(message: Message) -> Iterator[Text]:
    """Yield what a night came to, in a sentence or two."""
    if message.get("failed"):
        yield Text(**message["failed"]).of(_FAILED)
        return
    if message["lost"]:
        yield Text("上次夜间计算异常中止，其结果未保存",
                   "the night before never ended; nothing of it was kept")  # fmt: skip
    if tiles := message.get("resumed"):
        yield _RESUMED.filled(n=f"{tiles:,}")
    for one in message.get("missed", ()):
        yield _MISSED.filled(rows=f"{one['rows']:,}", place=one["place"]).of(_named(one["layer"]))
    for one in message.get("unwatched", ()):
        yield Text(**one["why"]).of(_UNWATCHED.filled(place=one["place"])).of(_named(one["layer"]))
    if message["unchanged"]:
        yield Text("数据、参数与版本都未变化，未重新计算", "nothing changed; nothing was computed")
        return
    if message["first"]:
        yield Text("首次计算", "the first night")
    elif not message["changes"]:
        yield Text("已重新计算，结果与以前相同", "computed; the results are what they were")
    counted = [(title, f"{message['verdicts'].get(key, 0):,}")
               for key, title in STATUS_TITLES.items()]  # fmt: skip
    yield Text("，".join(f"{title.zh} {n}" for title, n in counted),
               ", ".join(f"{title.en.lower()} {n}" for title, n in counted))  # fmt: skip
    for key, what in _OF_UNITS.items():
        if ids := message["units"][key]:
            listed = ", ".join(ids[:_SHOWN]) + (" …" if len(ids) > _SHOWN else "")
            yield Text(listed, listed).of(what.filled(n=f"{len(ids):,}"))


_FAILED = Text("本次计算失败，结果仍为此前的结果",
               "the night failed, the results are those of before")  # fmt: skip
_MISSED = Text(
    "{place} 至少有 {rows} 行已变化，但所用的变更识别方式没有报告；已按变化后的数据计算。"
    "请改正该方式或改用 rows",
    "at least {rows} rows of {place} changed and the way it is watched did not tell; the "
    "results are of what is there now. Mend that, or use rows",
)
_UNWATCHED = Text("{place} 改为逐行比较", "all rows of {place} were compared")
_OF_UNITS = {
    "appeared": Text("新增单元 {n} 个", "new units, {n}"),
    "vanished": Text("消失的单元 {n} 个", "units gone, {n}"),
    "reshaped": Text("边界修改的单元 {n} 个", "units with another boundary, {n}"),
}


def _flip(one: Mapping[str, Any], lang: Lang) -> str:
    target = f" ({_HEADS['target'].to(lang)} {one['target']})" if one["target"] else ""
    why = f"  ← {_causes(one, lang)}"
    return (
        f"{_place(one, lang)}  {_title(one, lang)}  {_pair(one)}{target}  {_turn(one, lang)}{why}"
    )


def _value(one: Mapping[str, Any], lang: Lang) -> str:
    return f"{_place(one, lang)}  {_title(one, lang)}  {_pair(one)}"


def _finding(one: Mapping[str, Any], lang: Lang) -> str:
    return (f"{_layer(one['layer'], lang)}: {one['what'][lang]} ({one['count']:,}): "
            f"{_examples(one, lang)}. {one['action'][lang]}")  # fmt: skip


def _examples(one: Mapping[str, Any], lang: Lang) -> str:
    """Return some findings of a kind, each with its feature where it has one."""
    said = [f"{each['feature']} {each['found'][lang] or ''}".strip() for each in one["examples"]]
    return "; ".join(filter(None, said)) + (" …" if one["count"] > len(said) else "")


def _causes(one: Mapping[str, Any], lang: Lang) -> str:
    """Return why a verdict turned, as far as is known."""
    found = one["causes"]
    if found["settings"]:
        return _SETTINGS.to(lang)
    if found["edits"]:
        edits = [f"{_layer(each['layer'], lang)} {each['feature']} {_HOW[each['how']].to(lang)}"
                 for each in found["edits"]]  # fmt: skip
        return "; ".join(edits) + (" …" if found["more"] else "")
    return ", ".join(_layer(layer, lang) for layer in found["layers"])


_SETTINGS = Text("plan.toml、规则或程序", "plan.toml, rules or program")
_HOW = {"inserted": Text("新增", "inserted"), "updated": Text("修改", "updated"),
        "deleted": Text("删除", "deleted"), "moved": Text("移动", "moved")}  # fmt: skip


def _turn(one: Mapping[str, Any], lang: Lang) -> str:
    return " → ".join(STATUS_TITLES[one[key]].to(lang) for key in ("from", "to"))


def _place(one: Mapping[str, Any], lang: Lang) -> str:
    return _CITY.to(lang) if one["level"] == "city" else str(one["unit"])


def _title(one: Mapping[str, Any], lang: Lang) -> str:
    return str(one["title"][lang] if one["title"] else one["indicator"])


def _layer(key: str, lang: Lang) -> str:
    return _named(key).to(lang)


def _named(key: str) -> Text:
    return LAYERS[key].title if key in LAYERS else Text(key, key)


def _pair(one: Mapping[str, Any]) -> str:
    """Return a value as it was and is, with as many digits as tell the two apart."""
    known = indicators().get(one["indicator"])
    digits = known.decimals if known else 2
    before, after = (_number(one[key], digits) for key in ("before", "after"))
    if before == after and one["before"] != one["after"]:
        before, after = (_exact(one[key]) for key in ("before", "after"))
    return f"{before} → {after} {one['measured_in'] or ''}".rstrip()


def _number(value: float | None, digits: int) -> str:
    return "—" if value is None else f"{value:,.{digits}f}"


def _exact(value: float | None) -> str:
    return "—" if value is None else repr(value)


def _count(number: int | None) -> str:
    return "—" if number is None else f"{number:,}"
