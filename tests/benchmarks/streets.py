"""Streets and bicycle corridors of a made city."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from tests.benchmarks.net import Flags, Floats, Geometries, Integers, Net, ragged

_CLASSES = np.array(
    ["expressway", "arterial", "secondary", "local", "compound", "slow", "other", ""]
)
_WIDTH = np.array([50.0, 40.0, 30.0, 18.0, 6.0, 4.0, 6.0, 0.0])
_INSET = np.array([24.0, 20.0, 15.0, 9.0, 0.0, 0.0, 0.0, 0.0])
_NONE = len(_CLASSES) - 1
_TWIN_GAP = (9.0, 14.0)


class Streets(NamedTuple):
    """Per ridge: position in the list of classes (the last: no street), dual or not, name."""

    kind: Integers
    dual: Flags
    name: Integers


def streets_of(net: Net, draw: np.random.Generator) -> Streets:
    """Return which ridges are streets.

    What parts units is an expressway or arterial road, often with two carriageways, or a smaller
    street, or no street at all (a bank, a railway); what parts quarters is mostly a secondary
    road, what parts blocks a local one. Few ridges inside blocks are paths and compound roads.
    """
    count = len(net.left)
    a, b = net.sides(net.unit)
    units = int(net.unit.max()) + 2
    border, name = np.unique((a + 1) * units + b + 1, return_inverse=True)
    along_border = draw.choice([0, 1, 2, 3, _NONE], len(border), p=[0.08, 0.45, 0.27, 0.08, 0.12])
    dual = ((along_border == 0) | ((along_border == 1) & (draw.random(len(border)) < 0.6)))[name]
    inside = draw.choice([4, 5, 6, _NONE], count, p=[0.06, 0.03, 0.01, 0.90])
    kind = np.where(_differ(net, net.block), 3, inside)
    kind = np.where(_differ(net, net.quarter) & (draw.random(count) < 0.9), 2, kind)
    kind = np.where(a != b, along_border[name], kind)
    return Streets(kind, dual & (a != b), np.where(a != b, name, -1))


def _differ(net: Net, label: Integers) -> Flags:
    a, b = net.sides(label)
    result: Flags = a != b
    return result


def inset_of(streets: Streets) -> Floats:
    """Return how far parcels are drawn back from each ridge, metres."""
    return _INSET[streets.kind]


def road_layer(
    net: Net, streets: Streets, draw: np.random.Generator
) -> tuple[pd.DataFrame, Geometries]:
    """Return the table and the lines of roads; the second carriageways come last."""
    rows = np.flatnonzero(streets.kind != _NONE)
    twins = rows[streets.dual[rows]]
    lines = np.concatenate([net.lines(rows), _twins(net, twins, draw)])
    both = np.concatenate([rows, twins])
    count, kind, name = len(both), streets.kind[both], streets.name[both]
    slow = draw.random(count) < np.where(kind < 3, 0.6, 0.25)
    single = streets.dual[both] | (draw.random(count) < 0.05)
    named = [f"R{n}" if n >= 0 else None for n in name]
    return pd.DataFrame({
        "road_id": [f"W{n:07d}" for n in range(count)],
        "name": pd.Series(named, dtype="str"),
        "road_class": pd.Series(_CLASSES[kind]),
        "width": _WIDTH[kind],
        "oneway": single,
        "slow_traffic": pd.Series(slow, dtype="boolean").mask(draw.random(count) < 0.05),
    }), lines  # fmt: skip


def _twins(net: Net, rows: Integers, draw: np.random.Generator) -> Geometries:
    """Return the carriageways back: beside the ridge on its left, meeting it at both ends."""
    index, owner = ragged(net.first[rows], np.diff(net.first)[rows])
    points = net.points[index]
    start, end = net.points[net.first[rows]], net.points[net.first[rows + 1] - 1]
    step = (end - start)[owner]
    length = np.hypot(*step.T)
    t = np.clip(np.sum((points - start[owner]) * step, axis=1) / length**2, 0, 1)
    across = np.stack([-step[:, 1], step[:, 0]], axis=1) / length[:, None]
    gap = np.minimum(draw.uniform(*_TWIN_GAP, len(rows))[owner], 0.25 * length)
    moved = np.round(points + across * (gap * np.sqrt(np.sin(np.pi * t)))[:, None], 3)
    lines: Geometries = shapely.reverse(shapely.linestrings(moved, indices=owner))
    return lines


def corridor_layer(
    net: Net, streets: Streets, count: int, draw: np.random.Generator
) -> tuple[pd.DataFrame, Geometries]:
    """Return bicycle corridors: half follow borders of units, half are routes across the city."""
    border = draw.choice(np.flatnonzero(streets.name >= 0), count // 2, replace=False)
    routes = max(count // 40, 3)
    across = _routes(net.seeds, routes, count // 2 // routes, draw)
    number = np.repeat(np.arange(routes), len(across) // routes)
    kind = np.concatenate([draw.choice(["1", "2", "3"], len(border)),
                           draw.choice(["1", "2", "3"], routes)[number]])  # fmt: skip
    route = [*[None] * len(border), *(f"route {n}" for n in number)]
    table = pd.DataFrame({
        "corridor_id": [f"K{n:05d}" for n in range(len(kind))],
        "corridor_class": pd.Series(kind.astype(object)),
        "route": pd.Series(route, dtype="str"),
    })  # fmt: skip
    return table, np.concatenate([net.lines(border), across])


def _routes(seeds: Floats, routes: int, parts: int, draw: np.random.Generator) -> Geometries:
    """Return winding lines between cells of the city, each in `parts` pieces that meet."""
    dots = 12 * parts + 1
    ends = seeds[draw.choice(len(seeds), (2, routes))]
    t = np.linspace(0, 1, dots)[None, :, None]
    step = (ends[1] - ends[0])[:, None]
    across = np.stack([-step[..., 1], step[..., 0]], axis=-1)
    bend = draw.normal(0, 0.04, (routes, 1, 3)) * np.arange(1, 4) ** -0.5
    shift = sum(bend[..., n, None] * np.sin(np.pi * (n + 1) ** 2 * t) for n in range(3))
    points = np.round(ends[0][:, None] + step * t + across * shift, 3)
    piece = np.arange(parts)[:, None] * 12 + np.arange(13)
    lines: Geometries = shapely.linestrings(points[:, piece].reshape(-1, 13, 2))
    return lines
