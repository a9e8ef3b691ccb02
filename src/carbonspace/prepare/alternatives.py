"""The same plan with a fault of its geometry treated the other way, to see what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from carbonspace.errors import InputError
from carbonspace.model.plan import Plan
from carbonspace.model.policy import FAULTS, Choice
from carbonspace.model.text import Text
from carbonspace.prepare import prepare

_OTHER: dict[Choice, Choice] = {"repair": "keep", "keep": "repair"}
_WORDS: dict[Choice, Text] = {
    "repair": Text("已修复", "repaired"),
    "keep": Text("保持原样", "kept as drawn"),
}


def alternatives(raw: Plan, prepared: Plan) -> Iterator[tuple[Text, Plan]]:
    """Yield the plan prepared with one fault's repair made, or left out, and what that is called.

    Only faults that were found and can be treated both ways. `raw` is the plan that was prepared;
    a plan that came prepared has no alternatives.
    """
    if raw.prepared:
        return
    chosen = {entry.fault: entry.choice for entry in prepared.repairs}
    for fault, choice in chosen.items():
        other = _OTHER.get(choice)
        if other is None or other not in FAULTS[fault].does:
            continue
        policy = raw.settings.policy.with_choice(fault, other)
        title, words = FAULTS[fault].title, _WORDS[other]
        try:
            plan = prepare(replace(raw, settings=replace(raw.settings, policy=policy)))
        except InputError:
            continue  # treated that way the plan could not be measured at all
        yield Text(f"{title.zh}：{words.zh}", f"{title.en}: {words.en}"), plan
