"""Why a cell is what it is, as small HTML that any widget for rich text can show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from markupsafe import Markup

from carbonspace.model.text import Text
from carbonspace.outputs.direction import alone
from carbonspace.outputs.lines import Line, line_of
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.rows import Row, Verdict

Piece = tuple[Markup, Markup]
"""The same HTML in Chinese and in English."""
_HEAD = Markup('<p><b style="background: {}; color: #1d2733">&nbsp;{} {}&nbsp;</b>&nbsp; '
               "<b>{}</b> {}</p>")  # fmt: skip
_ROW = Markup("<tr><td>{}</td><td>{}</td></tr>")
_TARGET, _OFF, _WHY = Text("目标", "Target"), Text("相差", "Off by"), Text("原因", "Why")
_CLAUSE, _SOURCE = Text("条文", "Clause"), Text("出处", "Source")
_STANDING, _NOTE = Text("效力", "Standing"), Text("说明", "Note")
_OPEN, _CLOSE = '<table cellspacing="4">', "</table>"
_NOTHING = ("", "—")
_MANY = 2**14
"""Pieces that are kept: most cells of a plan say what others say."""


def heading(place: Text, what: Text) -> Iterator[Piece]:
    """Yield the heading of a cell: its place and its indicator, as they are shown elsewhere."""
    yield _piece("<h4>{} · ", place)
    yield _piece("{}</h4>", what)


def verdict_html(row: Row, verdict: Verdict, pales: Mapping[str, str]) -> Iterator[Piece]:
    """Yield what a verdict says, in pieces that other cells may share: figure, target, clause."""
    line = line_of(row, verdict)
    unit, status = "" if line["value"] == "—" else line["unit"], verdict.status
    yield _figure(status, pales[status], line["value"], unit)
    yield _rows(_OPEN, tuple(_figures(line)), "")
    yield _rows("", tuple(_clause(line["clause"])) if line["clause"] else (), _CLOSE)


Told = tuple[Text, str, str]
"""What a row of a table is about, and its words in Chinese and English."""


def _figures(line: Line) -> Iterator[Told]:
    yield _TARGET, *line["target"]
    yield _OFF, *line["margin"]
    yield from ((_WHY, *words) for words in line["notes"])


def _clause(clause: Line) -> Iterator[Told]:
    yield _CLAUSE, clause["quotation"], clause["quotation"]
    yield _SOURCE, *clause["source"]
    yield from ((_STANDING, *words) for words in clause["tags"])
    yield from ((_NOTE, *words) for words in clause["notes"])


@lru_cache(maxsize=_MANY)
def _piece(markup: str, text: Text) -> Piece:
    return Markup(markup).format(text.zh), Markup(markup).format(text.en)


@lru_cache(maxsize=_MANY)
def _figure(status: str, pale: str, value: str, unit: str) -> Piece:
    """Return a verdict with its figure."""
    look = VERDICTS[status]
    zh, en = (_HEAD.format(pale, look.symbol, title, value, unit) for title in look.title)
    return zh, en


@lru_cache(maxsize=_MANY)
def _rows(before: str, rows: tuple[Told, ...], after: str) -> Piece:
    """Return the rows of a table that say something, in each language."""
    zh = [(title.zh, words) for title, words, _ in rows if words not in _NOTHING]
    en = [(title.en, words) for title, _, words in rows if words not in _NOTHING]
    told = ([_ROW.format(title, alone(words)) for title, words in side] for side in (zh, en))
    one, other = (Markup(before) + Markup("").join(side) + Markup(after) for side in told)
    return one, other
