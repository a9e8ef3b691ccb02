"""Why a cell is what it is, as small HTML that any widget for rich text can show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from markupsafe import Markup, escape

from carbonspace.model.text import Text
from carbonspace.outputs.direction import alone
from carbonspace.outputs.lines import Line, line_of
from carbonspace.outputs.rows import Row, Verdict

Piece = tuple[Markup, Markup]
"""The same HTML in Chinese and in English."""
_HEAD = Markup('<p><b style="background: {}; color: #1d2733">&nbsp;{} {}&nbsp;</b>&nbsp; '
               "<b>{}</b> {}</p>")  # fmt: skip
_ROW = Markup("<tr><td>{}</td><td>{}</td></tr>")
_TARGET, _OFF, _WHY = Text("目标", "Target"), Text("相差", "Off by"), Text("原因", "Why")
_CLAUSE, _SOURCE = Text("条文", "Clause"), Text("出处", "Source")
_STANDING, _NOTE = Text("效力", "Standing"), Text("说明", "Note")
_NOTHING = ("", "—")


def heading(place: Text, what: Text) -> Iterator[Piece]:
    """Yield the heading of a cell: its place and its indicator, as they are shown elsewhere."""
    yield _piece(Markup("<h4>{} · "), place)
    yield _piece(Markup("{}</h4>"), what)


def verdict_html(row: Row, verdict: Verdict, pales: Mapping[str, str]) -> Iterator[Piece]:
    """Yield what a verdict says, in pieces that other cells may share: figure, target, clause."""
    line = line_of(row, verdict)
    unit, look = "" if line["value"] == "—" else line["unit"], verdict.look
    zh, en = (_HEAD.format(pales[verdict.status], look.symbol, title, line["value"], unit)
              for title in look.title)  # fmt: skip
    yield zh, en
    yield _table(_figures(line))
    if line["clause"]:
        yield _table(_clause(line["clause"]))


Words = Iterable[str]


def _figures(line: Line) -> Iterator[tuple[Text, Words]]:
    yield _TARGET, line["target"]
    yield _OFF, line["margin"]
    yield from ((_WHY, words) for words in line["notes"])


def _clause(clause: Line) -> Iterator[tuple[Text, Words]]:
    yield _CLAUSE, [clause["quotation"]] * 2
    yield _SOURCE, clause["source"]
    yield from ((_STANDING, words) for words in clause["tags"])
    yield from ((_NOTE, words) for words in clause["notes"])


def _table(rows: Iterable[tuple[Text, Words]]) -> Piece:
    """Return rows that say something as a table, in each language."""
    sides = [[*zip(title, words, strict=True)] for title, words in rows]
    zh, en = ([row[n] for row in sides if row[n][1] not in _NOTHING] for n in range(2))
    return _rows(zh), _rows(en)


def _rows(rows: Iterable[tuple[str, str]]) -> Markup:
    told = [_ROW.format(title, escape(alone(words))) for title, words in rows]
    return Markup('<table cellspacing="4">{}</table>').format(Markup("").join(told))


def _piece(markup: Markup, text: Text) -> Piece:
    return markup.format(text.zh), markup.format(text.en)
