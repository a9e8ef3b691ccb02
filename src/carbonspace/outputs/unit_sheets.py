"""The sheet of a unit (图则): its map, where it falls short, its verdicts and their clauses."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from carbonspace.model.bureau import Bureau
from carbonspace.outputs import printed
from carbonspace.outputs.colours import pales_of
from carbonspace.outputs.evidence import Exhibit
from carbonspace.outputs.ground import SHAPELESS
from carbonspace.outputs.lettering import text_width
from carbonspace.outputs.lines import Line, line_of
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.maps import Spot
from carbonspace.outputs.printed_places import within_counts
from carbonspace.outputs.rows import number
from carbonspace.outputs.svgmap import Frame

Pictures = Callable[[str], str]
"""Keeps a picture and returns the path by which pages know it."""
_MAP, _SMALL = (110.0, 80.0), (58.0, 36.0)
"""Millimetres that the map of a sheet, and each map of evidence, may take."""
_PENS = (1.7, 1.4)
"""How much wider their pens are than those of a page on a screen."""
_FREE, _CAPTION = 226.0, 18.0
"""Millimetres of a sheet that maps and table share; what the words below a small map take."""
_LEGEND, _KEY = 6.0, 4.8
"""Millimetres that the title of a legend takes, and each line of it."""
_WITHIN = 6.0
"""Millimetres that the line on places within the unit takes."""
_AT_ONCE = 3
_TITLE, _CLAUSE = (12.0, 3.0), (26.0, 2.6)
"""Of the columns of a table: letters in a line, and millimetres from line to line."""
_PADDING = 2.6
_ORDER = ("not_met", "exempt", "met", "no_target", "no_data", "not_applicable")


def sheet(page: Mapping[str, Any], pictures: Pictures) -> dict[str, Any]:
    """Return what the sheet of a unit shows, of what its page does.

    `lines` are those that fit on the sheet, what is missed first; `more` is how many do not.
    """
    spot, beside, exhibits = page["spot"], page["beside"], page["exhibits"]
    main = _main(spot, pictures) if spot else None
    shown = sorted(exhibits, key=lambda one: not one.missed)
    small = [_small(beside, one, pictures) for one in shown]
    used = small[0]["height_mm"] + _CAPTION if small else 0.0
    used += max(main["height_mm"], _LEGEND + _KEY * len(main["legend"])) if main else _LEGEND
    within = within_counts(page["within"])
    room = _FREE - used - (_WITHIN if within else 0)
    found = [(row, verdict) for group in page["groups"] for row in group.rows
             for verdict in row.verdicts]  # fmt: skip
    found.sort(key=lambda pair: _ORDER.index(pair[1].status))
    fitting = _fitting((line_of(*pair) for pair in found), room)
    return {
        "id": page["unit_id"], "name": page["name"], "file": page["file"], "map": main,
        "unseen": [*SHAPELESS],
        "facts": [*_facts(page)], "counts": page["counts"],
        "exhibits": small[:_AT_ONCE], "others": small[_AT_ONCE:],
        "lines": fitting, "more": len(found) - len(fitting), "within": within,
    }  # fmt: skip


def _facts(page: Mapping[str, Any]) -> Iterable[list[str]]:
    people = page["people"]
    yield ["单元编号", "Unit id", page["unit_id"]]
    yield ["面积", "Area", f"{number(page['area_km2'], 3)} km²"]
    for key, zh, en in (("population", "常住人口", "Residents"), ("jobs", "就业岗位", "Jobs")):
        if key in people:
            yield [zh, en, number(people[key], 0)]


def _main(spot: Spot, pictures: Pictures) -> dict[str, Any]:
    view = spot.view
    drawn = printed.picture(
        (view.width, view.height), printed.paths(spot.land), printed.paths(spot.ground),
        printed.path("outside", spot.outside), *_outlines(spot), pen=_PENS[0], grid=view.grid,
    )  # fmt: skip
    named = printed.looks([*spot.land, *spot.ground])
    return {**printed.furniture(view, spot.bar, spot.labels), **_fitted(view, _MAP),
            "svg": pictures(drawn), "legend": keys(named, pictures)}  # fmt: skip


def _outlines(spot: Spot) -> tuple[str, str]:
    return printed.path("neighbours", spot.neighbours), printed.path("outline", spot.outline)


def _small(spot: Spot, one: Exhibit, pictures: Pictures) -> dict[str, Any]:
    """Return a map of evidence: below it only what tells the reader where things are."""
    view = spot.view
    ground = [path for path in spot.ground if path.css in ("park", "road major")]
    drawn = printed.picture(
        (view.width, view.height), printed.paths(ground, 0.5), printed.paths(one.behind[::-1]),
        printed.shared(printed.path("outside", spot.outside), *_outlines(spot)),
        printed.paths(one.paths[::-1]), pen=_PENS[1], grid=view.grid,
    )  # fmt: skip
    named = printed.looks([*one.paths, *one.behind])
    return {
        **printed.furniture(view, spot.bar, ()), **_fitted(view, _SMALL), "svg": pictures(drawn),
        "legend": keys(named, pictures), "title": [*one.row.indicator.title],
        "status": one.row.worst, "shows": [*one.title], "facts": [[*fact] for fact in one.facts],
    }  # fmt: skip


def keys(looks: Iterable[tuple[str, str, Any]], pictures: Pictures) -> list[dict[str, Any]]:
    """Return the lines of a legend, their pictures kept."""
    return [{**one, "svg": pictures(one["svg"])} for one in printed.legend(looks)]


def _fitted(view: Frame, room: tuple[float, float]) -> dict[str, float]:
    """Return the size of a map in millimetres, as large as the room allows."""
    width = min(room[0], room[1] * view.width / view.height)
    return {"width_mm": round(width, 2), "height_mm": round(width * view.height / view.width, 2)}


def _fitting(found: Iterable[Line], room_mm: float) -> list[Line]:
    """Return the first lines that fit, at least one."""
    fitting = list[Line]()
    for one in found:
        room_mm -= _height(one)
        if room_mm < 0 and fitting:
            break
        fitting.append(one)
    return fitting


def _height(one: Line) -> float:
    """Return the millimetres that a line of the table takes, rather too many than too few."""
    title = [*one["title"], *one["tags"]]
    clause = one["clause"]
    tags = [words[0] + words[1] for words in clause["tags"]] if clause else []
    said = [clause["quotation"], clause["source"][0], *tags] if clause else [one["source"]]
    said += [note[0] + note[1] for note in one["notes"]]
    return max(_rows(title, *_TITLE), _rows(said, *_CLAUSE), 6.0) + _PADDING


def _rows(texts: Iterable[Any], letters: float, step_mm: float) -> float:
    return step_mm * sum(math.ceil(text_width(str(t)) / letters) or 1 for t in texts)


def colours_of(bureau: Bureau) -> dict[str, dict[str, Any]]:
    """Return how verdicts look: their symbols and titles, and their colours as a bureau wants."""
    pales = pales_of(bureau)
    return {
        status: {"symbol": one.symbol, "title": [*one.title], "pale": pales[status],
                 "colour": bureau.colours.get(status, one.colour)}
        for status, one in VERDICTS.items()
    }  # fmt: skip
