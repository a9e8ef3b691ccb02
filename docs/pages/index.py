"""The index of the indicators, theme by theme."""

from __future__ import annotations

from docs.pages.words import MADE, both, paragraphs, table, unit_of

from carbonspace.catalogue import indicators, thresholds
from carbonspace.model.theme import THEMES


def text() -> str:
    """Return every indicator with its page, by theme."""
    known = indicators()
    reported = sum(one.is_reported for one in known.values())
    counts = (f"{len(known)} indicators, {reported} of them reported by the city. · "
              f"共 {len(known)} 项指标，其中 {reported} 项为填报。")  # fmt: skip
    return paragraphs(["# Indicators · 指标", counts, *map(_theme, THEMES), MADE])


def _theme(theme: str) -> str:
    mine = [one for one in indicators().values() if one.theme == theme]
    judged = {rule.indicator for rule in thresholds()}
    rows = [[f"[`{one.key}`]({one.key}.md)", both(one.title), unit_of(one.unit),
             ", ".join(one.levels), "yes · 有" if one.key in judged else ""]
            for one in mine]  # fmt: skip
    head = ["key", "indicator · 指标", "unit · 单位", "levels · 层级", "thresholds · 阈值"]
    title = f'<a id="{theme}"></a>\n\n## {both(THEMES[theme])}'
    return f"{title}\n\n{table(head, rows)}" if mine else ""
