"""What a message says: findings by kind, why verdicts turned, and all of it in both languages."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from shapely import Polygon, affinity
from tests.batch.town import X, Y, city_of, edited, layers, night_of, written

from carbonspace.batch import nightly, store_of
from carbonspace.batch.causes import Edit, causes_of, no_edits
from carbonspace.batch.finding_kinds import new_findings
from carbonspace.batch.kept import FINDING
from carbonspace.batch.message import message_of
from carbonspace.batch.wording import page_of, subject_of, text_of
from carbonspace.model.text import Lang


def finding(
    layer: str, feature: str, severity: str = "warning", what: str = "Bad"
) -> dict[str, Any]:
    words = {name: f"{name} {feature}" for name in ("found", "expected", "action")}
    return {
        "severity": severity,
        "layer": layer,
        "feature": feature,
        "what": what,
        "what_zh": "坏",
        **words,
        **{f"{name}_zh": word for name, word in words.items()},
    }


def test_findings_are_told_by_kind() -> None:
    found = new_findings([
        *(finding("parcels", f"p{n}") for n in range(5)), finding("roads", "r", "error"),
        finding("roads", "s", "note"),
    ])  # fmt: skip
    assert (found["count"], found["kinds"]) == (6, 2)
    first, second = found["listed"]
    assert (first["layer"], first["severity"], first["count"]) == ("roads", "error", 1)
    assert (second["count"], [one["feature"] for one in second["examples"]]) == (
        5, ["p0", "p1", "p2"])  # fmt: skip
    assert second["what"] == {"zh": "坏", "en": "Bad"}


def test_a_first_night_with_many_findings_is_a_short_message(tmp_path: Path) -> None:
    """All of them are in the history; the message says how many there are of which kind."""
    parcels = layers()["parcels"]
    many = parcels.loc[parcels.index.repeat(100)].reset_index(drop=True)
    many["parcel_id"] = [f"p{n}" for n in range(len(many))]
    many.geometry = [
        Polygon([(X + n, Y), (X + n + 9, Y + 9), (X + n + 9, Y), (X + n, Y + 9)])
        for n in range(len(many))
    ]
    written(tmp_path)
    written(tmp_path, parcels=many)
    city = city_of(tmp_path)
    message = night_of(city).message
    with store_of(city) as store:
        kept = store.current(FINDING, "Town")
    loud = [row for _, row in kept if row[0] in ("error", "warning")]
    assert message["findings"]["new"]["count"] == len(loud) > 400
    assert len(json.dumps(message, ensure_ascii=False)) < 20_000
    said = text_of(message, "en")
    assert f": {len(loud):,}" in said
    assert len(said.splitlines()) < 40


@pytest.mark.parametrize(("key", "changed", "expected"), [
    ("park_coverage", ["parks"], ["parks"]),
    ("park_coverage", ["roads", "units"], ["units"]),
    ("land_area", ["parks"], []),
    ("no such indicator", ["parks"], []),
])  # fmt: skip
def test_layers_that_may_have_turned_a_verdict(
    key: str, changed: list[str], expected: list[str]
) -> None:
    row = {"indicator": key, "level": "unit", "unit_id": "U1"}
    found = causes_of(row, changed, {}, no_edits)
    assert (found["layers"], found["settings"]) == (expected, not expected)


def test_a_layer_that_another_was_derived_from_is_a_cause() -> None:
    row = {"indicator": "park_coverage", "level": "unit", "unit_id": "U1"}
    found = causes_of(row, ["roads"], {"parks": "roads"}, no_edits)
    assert found["layers"] == ["roads"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_edits_that_turned_a_verdict_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: Lang
) -> None:
    """Whoever knows edits row by row is asked for those near a unit, and few of them are told."""
    rules = written(tmp_path).with_name("ours.toml")
    rules.write_text(rules.read_text("utf-8").replace("[60]", "[40]"), "utf-8")
    city = city_of(tmp_path)
    night_of(city)
    written(tmp_path, parcels=edited())
    asked = list[tuple[object, ...]]()

    def near(*given: object) -> list[Edit]:
        asked.append(given)
        return [Edit("parcels", f"far{n}", "updated") for n in range(7)]

    monkeypatch.setattr(nightly, "message_of", lambda told, found=None: message_of(
        replace(told, near=near), found))  # fmt: skip
    message = night_of(city, 2).message
    assert sorted(asked) == [("city", "city", ["parcels"]), ("unit", "U1", ["parcels"])]
    causes = message["flips"]["listed"][0]["causes"]
    assert (len(causes["edits"]), causes["more"]) == (5, 2)
    said = "far0 修改" if lang == "zh" else "far0 updated"
    assert said in text_of(message, lang)
    assert said in page_of(message, lang)
    assert ("新未达标 2" if lang == "zh" else "newly missed 2") in subject_of(message, lang)


def test_a_move_turns_nothing_and_says_so(tmp_path: Path) -> None:
    written(tmp_path)
    city = city_of(tmp_path)
    night_of(city)
    parcels = layers()["parcels"]
    parcels.geometry = [affinity.translate(one, 0, 0) for one in parcels.geometry]
    parcels["parcel_id"] = parcels["parcel_id"] + "x"
    written(tmp_path, parcels=parcels)
    message = night_of(city, 2).message
    assert subject_of(message, "en").endswith("verdicts turned 0, newly missed 0")
    assert datetime.fromisoformat(message["began"]).tzinfo == UTC
