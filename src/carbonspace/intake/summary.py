"""What was drafted, in a few lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.cells import cell_len, set_cell_size

from carbonspace.intake import crs as crs_guess
from carbonspace.intake.draft import CERTAINTIES, Draft, LayerDraft
from carbonspace.intake.guess import name_of
from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Lang, Text

_NAME_CELLS = 32
_FEW = 5
_COLON = Text("：", ": ")
_WRITTEN = Text("已写出 {file}", "{file} is written")
_LACKING = Text("不起作用，缺少 {columns}", "does nothing yet, lacks {columns}")
_NO_CRS = Text("须由您写明坐标系（crs），见文件中的备选", "you must state its CRS")
_PLAN_CRS = Text("须由您写明量算所用的坐标系（crs）", "You must state the CRS to measure in (crs).")
_NO_UNITS = Text("没有找到规划单元：没有它无法计算",
                 "There are no planning units: nothing is computed without them.")  # fmt: skip
_UNUSED = Text("未使用的数据 {count} 项，原因见文件末尾",
               "{count} datasets are not used; the end of the file says why.")  # fmt: skip
_NEXT = Text("请核对其中的推测，然后运行：carbonspace check {file}",
             "Check what was guessed, then run: carbonspace check {file}")  # fmt: skip


def summary(draft: Draft, file: Path, lang: Lang) -> str:
    """Return what a draft holds and what it still needs, as lines of text."""
    return "\n".join(_lines(draft, file, lang))


def _lines(draft: Draft, file: Path, lang: Lang) -> Iterator[str]:
    yield _WRITTEN.filled(file=file).to(lang)
    width = max([cell_len(_title(one, lang)) for one in draft.layers], default=0)
    for layer in draft.layers:
        title = set_cell_size(_title(layer, lang), width)
        name = set_cell_size(name_of(layer.dataset), _NAME_CELLS)
        yield f"  {title}  {name}  {_state(layer, lang)}"
    for raster in draft.rasters:
        certainty = CERTAINTIES[raster.guess.certainty].to(lang)
        yield f"  rasters.{raster.guess.value}  {name_of(raster.dataset)}  {certainty}"
    if draft.crs is None:
        yield _PLAN_CRS.to(lang)
    if not draft.gives_units:
        yield _NO_UNITS.to(lang)
    if draft.unused:
        yield _UNUSED.filled(count=len(draft.unused)).to(lang)
    for one in draft.unused if len(draft.unused) <= _FEW else ():
        yield f"  {name_of(one.dataset)}{_COLON.to(lang)}{one.why.to(lang)}"
    yield _NEXT.filled(file=file).to(lang)


def _title(layer: LayerDraft, lang: Lang) -> str:
    return f"{layer.key} {LAYERS[layer.key].title.to(lang)}" if lang == "zh" else layer.key


def _state(layer: LayerDraft, lang: Lang) -> str:
    joint = "；" if lang == "zh" else "; "
    parts = [CERTAINTIES[layer.guess.certainty].to(lang)]
    if layer.lacking:
        parts.append(_LACKING.filled(columns=", ".join(layer.lacking)).to(lang))
    if layer.is_placeless:
        parts += [crs_guess.doubt(layer.dataset).to(lang), _NO_CRS.to(lang)]
    return joint.join(parts)
