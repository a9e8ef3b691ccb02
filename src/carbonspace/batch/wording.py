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


def page_of(message: Message, lang: Lang) -> str:
    """Return a message as a page that needs nothing else; whatever it holds is escaped."""
    return _templates().get_template("message.html").render(
        message=message, lang=lang, said=[one.to(lang) for one in _summary(message)],
        words={name: one.to(lang) for name, one in _HEADS.items()}, shown=_SHOWN,
        place=lambda one: _place(one, lang), title=lambda one: _title(one, lang),
        turn=lambda one: _turn(one, lang), pair=_pair, layer=lambda key: _layer(key, lang),
    )  # fmt: skip


def write_message(message: Message, city: City, lang: Lang) -> list[Path]:
    """Write a message in the forms that the city wants, each whole or not at all."""
    if city.folder is None or (city.only_changes and not message["changes"]):
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
        file = city.folder / f"message-{name}.{_SUFFIXES[form]}"
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
    "more": Text("另有", "more"),
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
    yield from _listed(message.get("findings", {}).get("new"), "findings", _finding, lang)
    if message.get("worst"):
        yield from ("", _HEADS["worst"].to(lang))
        for one in message["worst"]:
            yield (f"  {one['unit']}: {_HEADS['lost'].to(lang)} {one['lost']}, "
                   f"{_HEADS['missed'].to(lang)} {one['missed']}")  # fmt: skip


def _listed(found: Mapping[str, Any] | None, name: str, line: Any, lang: Lang) -> Iterator[str]:
    if found and found["count"]:
        yield from ("", f"{_HEADS[name].to(lang)}: {found['count']:,}")
        yield from (f"  {line(one, lang)}" for one in found["listed"][:_SHOWN])
        if (left := found["count"] - _SHOWN) > 0:
            yield f"  … {_HEADS['more'].to(lang)} {left:,}"


def _summary(message: Message) -> Iterator[Text]:
    """Yield what a night came to, in a sentence or two."""
    if message["lost"]:
        yield Text("上次夜间计算异常中止，其结果未保存",
                   "the night before never ended; nothing of it was kept")  # fmt: skip
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


_OF_UNITS = {
    "appeared": Text("新增单元 {n} 个", "new units, {n}"),
    "vanished": Text("消失的单元 {n} 个", "units gone, {n}"),
    "reshaped": Text("边界修改的单元 {n} 个", "units with another boundary, {n}"),
}


def _flip(one: Mapping[str, Any], lang: Lang) -> str:
    target = f" ({_HEADS['target'].to(lang)} {one['target']})" if one["target"] else ""
    return f"{_place(one, lang)}  {_title(one, lang)}  {_pair(one)}{target}  {_turn(one, lang)}"


def _value(one: Mapping[str, Any], lang: Lang) -> str:
    return f"{_place(one, lang)}  {_title(one, lang)}  {_pair(one)}"


def _finding(one: Mapping[str, Any], lang: Lang) -> str:
    place = f"{_layer(one['layer'], lang)} {one['feature']}".rstrip()
    return f"{place}: {one['what'][lang]}; {one['found'][lang]}. {one['action'][lang]}"


def _turn(one: Mapping[str, Any], lang: Lang) -> str:
    return " → ".join(STATUS_TITLES[one[key]].to(lang) for key in ("from", "to"))


def _place(one: Mapping[str, Any], lang: Lang) -> str:
    return _CITY.to(lang) if one["level"] == "city" else str(one["unit"])


def _title(one: Mapping[str, Any], lang: Lang) -> str:
    return str(one["title"][lang] if one["title"] else one["indicator"])


def _layer(key: str, lang: Lang) -> str:
    return LAYERS[key].title.to(lang) if key in LAYERS else key


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
