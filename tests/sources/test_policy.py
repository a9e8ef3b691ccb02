"""[policy] of plan.toml: what it may say, and what is said where it says something else."""

from __future__ import annotations

import tomllib

import pytest

from carbonspace.model.policy import FAULTS, Policies
from carbonspace.sources.policy import policies, policy_faults


def said(text: str) -> list[str]:
    return [
        f"{f.what.en} | {f.found_in('en')} | {f.expected.en}"
        for f in policy_faults(tomllib.loads(text))
    ]


def test_a_choice_keeps_the_default_tolerance() -> None:
    text = 'overlaps = "repair"\n[parcels]\noverlaps = { choice = "refuse", tolerance = 2 }'
    assert said(text) == []
    given = policies(tomllib.loads(text))
    assert given.of("overlaps", "units") == ("repair", FAULTS["overlaps"].tolerance)
    assert given.of("overlaps", "parcels") == ("refuse", 2.0)


def test_a_tolerance_keeps_the_default_choice() -> None:
    assert policies({"gaps": {"tolerance": 0.2}}).of("gaps", "units") == ("keep", 0.2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('overlap = "keep"', "plan.toml: policy.overlap is not known | 'overlap'"),
        ('invalid = "keep"', "plan.toml: policy.invalid cannot be used | 'keep' | refuse | repair"),
        ("gaps = 3", "plan.toml: policy.gaps has the wrong type | 3"),
        ('gaps = ["keep"]', "plan.toml: policy.gaps has the wrong type"),
        ('gaps = { choice = ["keep"] }', "plan.toml: policy.gaps cannot be used"),
        ("gaps = { tolerance = -1 }", "plan.toml: policy.gaps cannot be used | -1 | ≥ 0 m"),
        ("gaps = { tolerance = true }", "plan.toml: policy.gaps cannot be used | True | ≥ 0 m"),
        ('gaps = { tolerance = "1" }', "plan.toml: policy.gaps cannot be used | '1' | ≥ 0 m"),
        ("gaps = { width = 1 }", "plan.toml: policy.gaps.width is not known | 'width'"),
        ("invalid = { tolerance = 1 }", "plan.toml: policy.invalid cannot be used | 1"),
        ('[roads]\ngaps = "keep"', "plan.toml: policy.roads.gaps cannot be used | 'roads' | units"),
        ("parcels = 1", "plan.toml: policy.parcels has the wrong type | 1"),
    ],
)
def test_every_fault_is_named(text: str, expected: str) -> None:
    (one,) = said(text)
    assert one.startswith(expected)


def test_an_unsound_table_gives_the_defaults() -> None:
    assert policies({"gaps": 3}) == policies(None) == Policies()
