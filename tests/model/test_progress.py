from __future__ import annotations

import json

import pytest

from carbonspace.model.progress import Step, each, json_line, remaining_s, share
from carbonspace.model.text import Text

TITLE = Text("读取", "Reading")


def test_a_part_tells_its_share_of_the_whole() -> None:
    heard: list[Step] = []
    part = share(share(heard.append, 0.5, 1.0), 0.0, 0.5)
    part(Step(TITLE, 3, 6))
    assert heard == [Step(TITLE, 0.625, 1.0)]


def test_parts_count_by_their_weight() -> None:
    heard: list[Step] = []
    assert [*each(heard.append, [("a", TITLE, 1.0), ("b", TITLE, 3.0)])] == ["a", "b"]
    assert heard == [Step(TITLE, 0, 4), Step(TITLE, 1, 4)]


@pytest.mark.parametrize(
    ("done", "elapsed", "left"), [(0.25, 10, 30), (0.8, 8, 2), (0, 60, None), (0.5, 0.1, None)]
)
def test_what_is_left_goes_on_as_what_is_done(
    done: float, elapsed: float, left: float | None
) -> None:
    found = remaining_s(Step(TITLE, done, 1), elapsed)
    assert found == (left if left is None else pytest.approx(left))


def test_nothing_is_left_when_all_is_done() -> None:
    assert remaining_s(Step(TITLE, 1, 1), 0) == 0


def test_a_step_as_json() -> None:
    assert json.loads(json_line("plan.toml", Step(TITLE, 1, 4), 10)) == {
        "plan": "plan.toml", "title": {"zh": "读取", "en": "Reading"}, "done": 25.0, "total": 100,
        "elapsed_s": 10, "remaining_s": 30,
    }  # fmt: skip
