"""On real plans every indicator of the catalogue has a value, or says in words why it has none."""

from __future__ import annotations

import pytest
from tests.validation import test_hlg, test_huizhou

from carbonspace import evaluate, read_plan
from carbonspace.catalogue import indicators
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan

WORDLESS = ("Error", "Traceback", "NoneType", "nan")


@pytest.fixture(scope="module")
def assessments(raw: Plan) -> dict[str, Assessment]:
    plans = {
        "Huizhou": read_plan(test_huizhou.SAMPLE / "plan.toml"),
        "HLG": test_hlg.community(),
        "Las Palmas": raw,
    }
    return {name: evaluate(plan, profiles=[]) for name, plan in plans.items()}


@pytest.mark.parametrize("name", ["Huizhou", "HLG", "Las Palmas"])
def test_there_is_a_value_or_a_reason(assessments: dict[str, Assessment], name: str) -> None:
    table = assessments[name].table
    assert set(table["indicator"]) == set(indicators())
    silent = table[table["value"].isna()]
    for column in ("reason", "reason_zh"):
        words = silent[column].fillna("").str.strip()
        assert silent[words == ""].empty, silent[words == ""][["unit_id", "indicator"]]
        assert not words.str.contains("|".join(WORDLESS)).any()
    assert set(silent["status"]) <= {"no_data", "not_applicable"}
