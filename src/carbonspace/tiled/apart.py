"""A city that is not the sum of its units is measured apart from them, unless it is too large."""

from __future__ import annotations

from collections.abc import Iterator

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.tiled.tasks import Request

CITY_FEATURES = 1_000_000
"""A city of more is not measured on its own: a worker would need more than about 2.5 GB."""


def no_city(request: Request) -> Iterator[Finding]:
    """Yield that the city has no rows, where it is too large to be measured on its own."""
    if not request.city:
        yield Finding(
            "warning", "city", Text("分块评估没有全市的行", "By tiles the city has no rows"),
            Text("单元之间有重叠、缝隙，或曾修正，且要素过多，无法由一个进程评估全市",
                 "units overlap, leave gaps, or were mended, and there are too many features for "
                 "one process to measure the city"),
            Text(f"单元恰好拼成全市，或至多 {CITY_FEATURES:,} 个要素",
                 f"units that tile the city, or at most {CITY_FEATURES:,} features"),
            Text("修正单元边界，或在单个进程中评估。",
                 "Mend the borders of the units, or evaluate the plan in one process."),
        )  # fmt: skip
