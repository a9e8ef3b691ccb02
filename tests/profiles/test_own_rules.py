"""A city's own rules in a file beside plan.toml: held as ours are, every fault with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from carbonspace.errors import InputError, SourceError
from carbonspace.model.rule import Rule
from carbonspace.profiles import load_profile
from carbonspace.rulebook import rule_file_faults, rulebook

HEAD = """document = "本市技术规定"
{extra}
[title]
zh = "本市规定"
en = "Our rules"
"""
RULE = """
[[rule]]
indicator = "{indicator}"
comparator = "{comparator}"
target = {target}
unit = "{unit}"
quotation = "不低于"
source = "本市技术规定 3.1"
applies_to = {{ zh = "全市", en = "The city" }}
evidence = "verified"
{more}
"""


def rule(
    indicator: str = "road_density", comparator: str = ">=", target: str = "[8]",
    unit: str = "km/km2", more: str = "",
) -> str:  # fmt: skip
    return RULE.format(
        indicator=indicator, comparator=comparator, target=target, unit=unit, more=more
    )


def written(folder: Path, *rules: str, extra: str = "", name: str = "ours") -> str:
    path = folder / f"{name}.toml"
    path.write_text(HEAD.format(extra=extra) + "".join(rules), "utf-8")
    return str(path)


def rules_of(path: str) -> tuple[Rule, ...]:
    (profile,) = rulebook([path]).values()
    return profile.rules


def faults(path: str) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        rulebook([path])
    assert [f.what for f in rule_file_faults([path])] == [f.what for f in caught.value.findings]
    return [(f.what.en, f.found_in("en")) for f in caught.value.findings]


def test_targets_come_in_the_unit_of_the_indicator(tmp_path: Path) -> None:
    path = written(tmp_path, rule(unit="m/ha", target="[800]", more="tolerance = 5"))
    (one,) = rules_of(path)
    assert one.unit == "km/km²"
    assert list(one.target) == pytest.approx([80.0])
    assert one.tolerance == pytest.approx(0.5)
    assert one.profile == "ours"


def test_every_fault_comes_at_once_with_its_line(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        rule(indicator="road_densty"),
        rule(unit="m2/person"),
        rule(unit="banana"),
        rule(more='where = { colour = ["red"] }'),
        rule(more="parameters = { speed = 3 }"),
        rule("sunlight_hours", unit="h", more='levels = ["parcel"]'),
    )
    lines = Path(path).read_text("utf-8").splitlines()
    starts = [n for n, line in enumerate(lines, start=1) if line == "[[rule]]"]
    found = faults(path)
    assert [what for what, _ in found] == [f"profile ours.toml, line {n}" for n in starts]
    for (_, said), words in zip(found, (
        "did you mean road_density?", "cannot be turned into 'km/km²'", "unknown unit 'banana'",
        "no column colour to select on", "no parameter speed", "no level parcel",
    ), strict=True):  # fmt: skip
        assert words in said


def test_faults_of_form_and_of_meaning_come_together_by_line(tmp_path: Path) -> None:
    path = written(
        tmp_path, rule(comparator="about"), rule(target="[3, 1]", comparator="between"),
        rule(unit="banana"), extra='note = { zh = "说明" }',
    )  # fmt: skip
    (note, about, order, unit) = faults(path)
    assert note == ("profile ours.toml, line 2", "note needs zh and en")
    assert about[0].endswith("line 9")
    assert "comparator is 'about'" in about[1]
    assert order[0].endswith("line 21")
    assert "lower bound first" in order[1]
    assert unit[0].endswith("line 29")
    assert "unknown unit 'banana'" in unit[1]


def test_a_text_of_several_lines_does_not_move_the_lines(tmp_path: Path) -> None:
    quotation = 'quotation = """\n[[rule]]\nunit = "m"\n"""'
    path = written(tmp_path, rule().replace('quotation = "不低于"', quotation), rule(unit="banana"))
    lines = Path(path).read_text("utf-8").splitlines()
    ((what, _),) = faults(path)
    assert what.endswith(f"line {[n for n, x in enumerate(lines, 1) if x == '[[rule]]'][2]}")


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        (rule(), rule(comparator="<=", target="[7]"), True),
        (rule(), rule(comparator="<=", target="[8]"), False),
        (rule(comparator=">"), rule(comparator="<=", target="[8]"), True),
        (rule(), rule(comparator="<=", target="[700]", unit="m/km2"), True),
        (rule(), rule(comparator="between", target="[1, 9]"), False),
        (rule(comparator="==", target="[5]"), rule(comparator="==", target="[6]"), True),
        (rule(comparator="==", target="[5]"),
         rule(comparator="==", target="[6]", more="tolerance = 1"), False),
        (rule(more='where = { walking_zone = ["I"] }\nlevels = ["unit"]'),
         rule(comparator="<=", target="[7]"), False),
        (rule(more="year = 2025"), rule(comparator="<=", target="[7]", more="year = 2030"), False),
        (rule(more='levels = ["unit"]'),
         rule(comparator="<=", target="[7]", more='levels = ["city"]'), False),
        (rule(more="until = 2024-12-31"),
         rule(comparator="<=", target="[7]", more="since = 2025-01-01"), False),
        (rule(), rule(comparator="<=", target="[7]",
                      more='never = { zh = "仅记录", en = "recorded" }'), False),
    ],
)  # fmt: skip
def test_two_rules_that_no_value_meets_are_refused(
    tmp_path: Path, one: str, other: str, contradict: bool
) -> None:
    path = written(tmp_path, one, other)
    if not contradict:
        assert len(rules_of(path)) == 2
        return
    ((what, said),) = faults(path)
    assert "line " in what
    assert "no value meets both" in said


OVERRIDE = """
[[override]]
indicator = "road_density"
target = [9]
reason = { zh = "山地城市", en = "A city of hills" }
"""


def test_a_city_builds_on_a_standard_and_changes_one_rule(tmp_path: Path) -> None:
    ground = load_profile("gb50180").rules
    rules = rules_of(written(tmp_path, OVERRIDE, rule("block_size", "<=", "[4]", "ha"),
                             extra='extends = "gb50180"'))  # fmt: skip
    assert len(rules) == len(ground) + 1
    (changed,) = [r for r in rules if r.indicator == "road_density"]
    assert changed.target == (9.0,)
    assert changed.note is not None
    assert "A city of hills" in changed.note.en
    assert "≥ 8 km/km²" in changed.note.en
    assert "山地城市" in changed.note.zh
    assert {r.profile for r in rules} == {"ours"}


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (OVERRIDE.replace("road_density", "block_size"), "has no such rule on block_size"),
        (OVERRIDE.replace("road_density", "sunlight_hours"), "7 rules on sunlight_hours"),
        (OVERRIDE.replace("reason", "because"), "reason needs zh and en"),
        (OVERRIDE.replace("target = [9]\n", ""), "it changes nothing"),
        (OVERRIDE.replace("[9]", "[9, 10]"), "expected 1 number"),
        (OVERRIDE.replace("[9]", '["x"]'), "expected 1 number"),
        (OVERRIDE.replace("[9]", "9"), "target is 9"),
        (OVERRIDE + 'of = { target = ["x"] }\n', "of.target must be numbers"),
        (OVERRIDE + "of = { where = { zone = 3 } }\n", "where.zone must be a list"),
        (OVERRIDE + "of = { colour = 3 }\n", "of may hold"),
    ],
)
def test_an_override_says_which_rule_what_and_why(
    tmp_path: Path, override: str, words: str
) -> None:
    found = faults(written(tmp_path, override, extra='extends = "gb50180"'))
    assert any(words in said for _, said in found)
    assert all("line " in what for what, _ in found)


def test_of_several_rules_one_is_told_by_what_it_says(tmp_path: Path) -> None:
    override = OVERRIDE.replace("road_density", "sunlight_hours").replace("[9]", "[2.5]")
    of = 'of = { target = [2], where = { case = ["elderly"], day = ["winter_solstice"] } }\n'
    rules = rules_of(written(tmp_path, override + of, extra='extends = "gb50180"'))
    (changed,) = [r for r in rules if r.target == (2.5,)]
    assert changed.where["case"] == ("elderly",)


def test_rules_that_extend_themselves_are_refused_also_by_a_ring(tmp_path: Path) -> None:
    path = written(tmp_path, extra='extends = "ours.toml"')
    assert faults(path) == [("profile ours.toml, line 2", "extends itself: ours → ours")]
    written(tmp_path, extra='extends = "ours.toml"', name="theirs")
    path = written(tmp_path, extra='extends = "./theirs.toml"')
    ((_, said),) = faults(path)
    assert said == "theirs.toml line 2: extends itself: ours → theirs → ours"


def test_tables_must_be_tables(tmp_path: Path) -> None:
    ((_, said),) = faults(written(tmp_path, extra="rule = 3"))
    assert "[[rule]]" in said
    ((_, said),) = faults(written(tmp_path, "[[table]]\ncolumns = 3\n"))
    assert "[[table.row]]" in said


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.toml"):
        rulebook([str(tmp_path / "nowhere.toml")])
    assert len(rule_file_faults([str(tmp_path / "nowhere.toml")])) == 1
    (tmp_path / "bad.toml").write_text("document = \n", "utf-8")
    ((what, said),) = faults(str(tmp_path / "bad.toml"))
    assert what == "profile bad.toml, line 1"
    assert "not TOML" in said
    path = written(tmp_path, extra='extends = "atlantis"')
    assert "no profile 'atlantis'" in faults(path)[0][1]


def test_a_table_stands_for_the_rules_of_its_figures(tmp_path: Path) -> None:
    table = """
[[table]]
source = "本市技术规定 表1"
quotation = "路网密度"
evidence = "memory"
[table.columns.road_density]
unit = "km/km²"
[[table.row]]
applies_to = { zh = "一区", en = "Zone I" }
where = { walking_zone = ["I"] }
levels = ["unit"]
road_density = "6 to 9"
[[table.row]]
applies_to = { zh = "二区", en = "Zone II" }
where = { walking_zone = ["II"] }
levels = ["unit"]
road_density = ">= 5"
"""
    first, second = rules_of(written(tmp_path, table))
    assert (first.comparator, first.target, first.evidence) == ("between", (6.0, 9.0), "memory")
    assert (second.comparator, second.target) == (">=", (5.0,))
    assert second.where == {"walking_zone": ("II",)}
    bad = table.replace('">= 5"', '"5 or so"')
    ((what, said),) = faults(written(tmp_path, bad))
    assert "is no figure" in said
    assert "line " in what


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"target": "[nan]"}, "target is [nan], expected 1 number(s)"),
        ({"target": "[inf]"}, "target is [inf], expected 1 number(s)"),
        ({"target": f"[1{'0' * 400}]"}, "expected a whole number up to"),
        ({"more": "tolerance = nan"}, "tolerance is nan, expected a number of 0 or more"),
        ({"more": 'levels = [["unit"]]'}, "unknown level ['unit']"),
        ({"more": "levels = []"}, "levels is empty: it speaks of no place"),
        ({"more": "year = 0"}, "year is 0, which is none"),
        ({"more": "year = 20300"}, "year is 20300, which is none"),
    ],
)
def test_what_nothing_can_be_held_against_is_a_fault(
    tmp_path: Path, more: dict[str, str], said: str
) -> None:
    ((_, found),) = faults(written(tmp_path, rule(**more)))
    assert said in found


@pytest.mark.parametrize(
    ("head", "more", "said"),
    [
        ("since = 2022-01-01T00:00:00", "", "since is datetime"),
        ("since = 2022-01-01\nuntil = 2021-01-01", "", "until 2021-01-01 is before since"),
        ("since = 2022-01-01", "until = 2021-01-01", "until 2021-01-01 is before since"),
    ],
)
def test_days_of_the_head_and_of_a_rule_are_looked_at_together(
    tmp_path: Path, head: str, more: str, said: str
) -> None:
    assert said in faults(written(tmp_path, rule(more=more), extra=head))[0][1]


def test_two_profiles_of_one_name_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, rule(), name="shangdang")
    for keys in (["shangdang", path], [path, str(tmp_path / "." / "b" / "shangdang.toml")]):
        with pytest.raises(InputError, match="another profile is called shangdang"):
            rulebook(keys)
        assert rule_file_faults(keys)
    assert len(rulebook([path, path])) == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('road_density = "1.2.3 to 4"', "is no figure"),
        ('road_densty = ">= 5"', "the row has a figure of no column"),
    ],
)
def test_rows_of_tables_that_say_nothing_are_faults(tmp_path: Path, row: str, said: str) -> None:
    table = f"""
[[table]]
source = "本市技术规定 表1"
quotation = "路网密度"
evidence = "memory"
applies_to = {{ zh = "一区", en = "Zone I" }}
[table.columns.road_density]
unit = "km/km²"
[[table.row]]
{row}
"""
    assert said in faults(written(tmp_path, table))[0][1]


def test_what_no_program_can_use_is_a_fault_of_the_file_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, extra='extends = "a\\u0000.toml"')
    ((what, found),) = faults(path)
    assert what == "profile ours.toml, line 2"
    assert found == (r"extends is 'a\x00.toml', expected text without a NUL character (\u0000)")
    path = written(tmp_path, rule(target=f"[1{'0' * 400}]"))
    assert faults(path) == [(
        "profile ours.toml, line 10",
        "rule[1].target[1] is a whole number of 1329 bits, expected a whole number up to "
        + str(2**63 - 1),
    )]  # fmt: skip
    path = written(tmp_path, extra=f"since = {'9' * 5000}")
    assert faults(path) == [
        ("profile ours.toml, line 2", "not TOML: Integer too large (at line 2)")
    ]


def test_case_counts_in_the_unit_of_a_rule(tmp_path: Path) -> None:
    ((_, found),) = faults(written(tmp_path, rule(unit="KM/km2")))
    assert "unknown unit 'KM/km2'; did you mean km/km2?" in found
