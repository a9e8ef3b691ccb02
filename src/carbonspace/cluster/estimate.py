"""What work by tiles will come to, told before it begins: tiles, bytes to read, core-hours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from carbonspace.model.text import Text

CPU_S_PER_FEATURE = 1.6e-4
"""CPU seconds of a feature that a tile looks at; of a run of M with reports, on two workers."""
MEASURED_ON = Text("人工城市 M（40 万要素，全部指标）分块计算的实测；指标少则用时少",
                   "measured by tiles on the made city M (0.4 M features, all indicators); fewer "
                   "indicators take less")  # fmt: skip
_SPREAD = 3.0
"""Other plans, indicators and processors took up to so many times more, or less."""


class TileSize(NamedTuple):
    """How many features a tile looks at, with those around it, and how many bytes they are."""

    features: int
    bytes: int


class Estimate(NamedTuple):
    """What some tiles will come to; `core_hours` at the rate that was measured."""

    tiles: int
    features: int
    bytes: int
    core_hours: float

    def said(self) -> tuple[Text, ...]:
        """Return it in words, a line each."""
        gib, least, most = (
            self.bytes / (1 << 30),
            self.core_hours / _SPREAD,
            self.core_hours * _SPREAD,
        )
        return (
            Text(f"分块 {self.tiles:,} 个", f"{self.tiles:,} tiles"),
            Text(f"读取要素 {self.features:,} 个（含各块周边），约 {_told(gib)} GiB",
                 f"{self.features:,} features to read, those around each tile among them: about "
                 f"{_told(gib)} GiB"),
            Text(f"约 {_told(self.core_hours)} 核时（{_told(least)} 至 {_told(most)}），按"
                 f"{MEASURED_ON.zh}推算",
                 f"about {_told(self.core_hours)} core-hours ({_told(least)} to {_told(most)}), "
                 f"from what was {MEASURED_ON.en}"),
        )  # fmt: skip


def _told(number: float) -> str:
    return f"{number:,.2f}" if number >= 1 else f"{number:.2g}"


def estimate(sizes: Iterable[TileSize], cpu_s: float = CPU_S_PER_FEATURE) -> Estimate:
    """Return what tiles of some sizes will come to; features in two halos count twice."""
    given = [*sizes]
    features = sum(one.features for one in given)
    read = sum(one.bytes for one in given)
    return Estimate(len(given), features, read, features * cpu_s / 3600)
