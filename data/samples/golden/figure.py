"""The picture of the golden plan, `docs/explanation/golden.svg`, from the design tables."""

from __future__ import annotations

from pathlib import Path

import design as d
from buildings import BUILDINGS
from design import Rect

PICTURE = Path(__file__).parents[3] / "docs" / "explanation" / "golden.svg"
SCALE, WEST, NORTH, WIDTH, HEIGHT = 0.25, -400, 3130, 4500, 3650
LAND = {
    "07": "#f6e3a1",
    "08": "#e8a0a8",
    "09": "#e0563f",
    "10": "#b99a7c",
    "11": "#b7a4d6",
    "12": "#b9bcc2",
    "13": "#8fb0bf",
    "14": "#a5cf8d",
    "1403": "#d9d9c3",
    "01": "#e4efc4",
    "17": "#9dcdf0",
}
ROADS = {
    "expressway": ("#6a6a6a", 34),
    "arterial": ("#8b8b8b", 16),
    "secondary": ("#a2a2a2", 16),
    "local": ("#c3c3c3", 9),
    "compound": ("#d9d2c0", 5),
    "slow": ("#6a9a50", 6),
}
CYCLE = {"1": "#0b8f6a", "2": "#0b8f6a", "3": "#35b5c9"}


def at(x: float, y: float) -> tuple[float, float]:
    return (x - WEST) * SCALE, (NORTH - y) * SCALE


def rectangle(rect: Rect, style: str) -> str:
    x, y = at(rect.w, rect.n)
    size = f'width="{(rect.e - rect.w) * SCALE:g}" height="{(rect.n - rect.s) * SCALE:g}"'
    return f'<rect x="{x:g}" y="{y:g}" {size} {style}/>'


def line(points: tuple[tuple[float, float], ...], style: str) -> str:
    path = " ".join(f"{x:g},{y:g}" for x, y in (at(*p) for p in points))
    return f'<polyline points="{path}" fill="none" {style}/>'


def dot(x: float, y: float, style: str, size: float = 3) -> str:
    px, py = at(x, y)
    return f'<circle cx="{px:g}" cy="{py:g}" r="{size:g}" {style}/>'


def land() -> list[str]:
    colour = {p: LAND.get(p.land_use, LAND[p.land_use[:2]]) for p in d.PARCELS}
    plots = [rectangle(p.rect, f'fill="{c}"') for p, c in colour.items()]
    parks = [rectangle(rect, 'fill="#6fae55"') for _, _, rect in d.PARKS]
    houses = [rectangle(b.rect, 'fill="#00000040"') for b in BUILDINGS]
    return [*plots, *parks, *houses]


def lines() -> list[str]:
    result = []
    for s in d.STREETS:
        colour, width = ROADS[s.road_class]
        ends = (
            ((s.start, s.at), (s.end, s.at)) if s.axis == "ew" else ((s.at, s.start), (s.at, s.end))
        )
        result.append(line(ends, f'stroke="{colour}" stroke-width="{width * SCALE:g}"'))
    for c in d.CORRIDORS:
        dash = 'stroke-dasharray="7 4"' if c.corridor_class != "1" else ""
        result.append(
            line(c.points, f'stroke="{CYCLE[c.corridor_class]}" stroke-width="2.2" {dash}')
        )
    return result


def points() -> list[str]:
    stations = [rectangle(s[3], 'fill="#c0392b" fill-opacity="0.75"') for s in d.STATIONS]
    stops = [dot(s.x, s.y, 'fill="#1f5fbf" stroke="white" stroke-width="0.8"') for s in d.STOPS]
    cars = [
        dot(c.x, c.y, f'fill="{"#f39c12" if c.charging_spaces else "#555"}" stroke="white"')
        for c in d.CAR_PARKS
    ]
    sites = [
        dot(f.x, f.y, 'fill="#f39c12" stroke="black"', 4)
        for f in d.FACILITIES
        if f.kind == "charging"
    ]
    daily = [
        dot(f.x, f.y, 'fill="#8e44ad" stroke="white" stroke-width="0.8"')
        for f in d.FACILITIES
        if f.kind in d.DAILY
    ]
    doors = [dot(e.x, e.y, 'fill="white" stroke="#c0392b" stroke-width="2"') for e in d.ENTRANCES]
    return [*stations, *stops, *cars, *sites, *daily, *doors]


def labels() -> list[str]:
    result = []
    for u in d.UNITS:
        result.append(
            rectangle(u.rect, 'fill="none" stroke="#222" stroke-width="1.6" stroke-dasharray="9 3"')
        )
        x, y = at(u.rect.w + 35, u.rect.n - 95)
        text = f"{u.unit_id} {u.name}"
        result.append(
            f'<text x="{x:g}" y="{y:g}" font-size="15" font-weight="bold" fill="#111" '
            f'stroke="white" stroke-width="3" paint-order="stroke">{text}</text>'
        )
    return result


def legend() -> list[str]:
    entries = [
        ("#1f5fbf", "公交站 bus stop"),
        ("#c0392b", "车站 station"),
        ("#555", "停车场 car park"),
        ("#f39c12", "充电 charging"),
        ("#8e44ad", "设施 facility"),
        ("#6fae55", "公园 park"),
        ("#0b8f6a", "自行车廊道 corridor"),
    ]
    result = []
    for i, (colour, text) in enumerate(entries):
        x, y = 20 + 160 * i, HEIGHT * SCALE - 12
        result.append(f'<circle cx="{x}" cy="{y - 4:g}" r="5" fill="{colour}"/>')
        result.append(f'<text x="{x + 10}" y="{y:g}" font-size="13" fill="#222">{text}</text>')
    return result


def picture() -> str:
    size = f"{WIDTH * SCALE:g} {HEIGHT * SCALE:g}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" font-family="sans-serif">'
    whole = Rect(WEST, NORTH - HEIGHT, WEST + WIDTH, NORTH)
    body = [rectangle(whole, 'fill="#fbfbf8"'), *land(), *lines(), *points(), *labels(), *legend()]
    return "\n".join([head, *body, "</svg>"]) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(picture(), "utf-8")
