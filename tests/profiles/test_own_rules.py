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
    """Return where each fault of a file is, and what is said of it: none refuses the plan."""
    found = rule_file_faults([path])
    rulebook([path])
    assert all(f.severity == "error" and not f.refuses for f in found)
    assert all(f.found_in("zh") and f.expected.zh and f.action.zh for f in found)
    return [
        (f.what.en, f"{f.found_in('en')}, expected {f.expected.en}. {f.action.en}") for f in found
    ]


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
    keys = ('indicator = "road_densty"', 'unit = "m2/person"', 'unit = "banana"', "where =",
            "parameters =", "levels =")  # fmt: skip
    at = [next(n for n, line in enumerate(lines, 1) if line.startswith(key)) for key in keys]
    found = faults(path)
    assert [what for what, _ in found] == [f"profile ours.toml, line {n}" for n in at]
    assert rules_of(path) == ()
    for (_, said), words in zip(found, (
        "Did you mean road_density?", "cannot be turned into 'km/km²'", "unknown unit 'banana'",
        "no column colour to select on", "no parameter speed", "no level parcel",
    ), strict=True):  # fmt: skip
        assert words in said


def test_faults_of_form_and_of_meaning_come_together_by_line(tmp_path: Path) -> None:
    path = written(
        tmp_path, rule(comparator="about"), rule(target="[3, 1]", comparator="between"),
        rule(unit="banana"), extra='note = { zh = "说明" }',
    )  # fmt: skip
    (note, about, order, unit) = faults(path)
    assert note[0] == "profile ours.toml, line 2"
    assert note[1].startswith("note lacks en, expected { zh")
    assert about[0].endswith("line 9")
    assert "rule 1 road_density: comparator = 'about', expected one of >=, >" in about[1]
    assert order[0].endswith("line 21")
    assert "lower bound first" in order[1]
    assert order[1].startswith("rule 2 road_density: ")
    assert unit[0].endswith("line 33")
    assert "unknown unit 'banana'" in unit[1]


def test_a_text_of_several_lines_does_not_move_the_lines(tmp_path: Path) -> None:
    quotation = 'quotation = """\n[[rule]]\nunit = "m"\n"""'
    path = written(tmp_path, rule().replace('quotation = "不低于"', quotation), rule(unit="banana"))
    lines = Path(path).read_text("utf-8").splitlines()
    ((what, _),) = faults(path)
    assert what.endswith(f"line {[n for n, x in enumerate(lines, 1) if x.startswith('unit')][2]}")


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
def test_two_rules_that_no_value_meets_are_both_left_out(
    tmp_path: Path, one: str, other: str, contradict: bool
) -> None:
    path = written(tmp_path, one, other)
    if not contradict:
        assert len(rules_of(path)) == 2
        return
    ((what, said),) = faults(path)
    assert "line " in what
    assert "no value meets both" in said
    assert "Until then both are left out." in said
    assert rules_of(path) == ()


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
        (OVERRIDE.replace("reason", "because"), "reason is missing"),
        (OVERRIDE.replace("target = [9]\n", ""), "it changes nothing"),
        (OVERRIDE.replace("[9]", "[9, 10]"), "expected 1 number"),
        (OVERRIDE.replace("[9]", '["x"]'), "expected 1 number"),
        (OVERRIDE.replace("[9]", "9"), "target = 9, expected a list"),
        (OVERRIDE + 'of = { target = ["x"] }\n', "target = ['x'], expected a list of numbers"),
        (OVERRIDE + "of = { where = { zone = 3 } }\n", "where.zone = 3, expected a list of text"),
        (OVERRIDE + "of = { colour = 3 }\n", "unknown key 'colour', expected one of year"),
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
    ((what, said),) = faults(path)
    assert what == "profile ours.toml, line 2"
    assert said.startswith("extends itself: ours → ours, ")
    assert "the whole profile is left out" in said
    assert rulebook([path]) == {}
    written(tmp_path, extra='extends = "ours.toml"', name="theirs")
    path = written(tmp_path, extra='extends = "./theirs.toml"')
    ((_, said),) = faults(path)
    assert said.startswith("theirs.toml line 2: extends itself: ours → theirs → ours, ")
    assert rulebook([path]) == {}


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
        ({"target": "[nan]"}, "target = [nan], expected 1 number(s)"),
        ({"target": "[inf]"}, "target = [inf], expected 1 number(s)"),
        ({"target": f"[1{'0' * 400}]"}, "expected a whole number up to"),
        ({"more": "tolerance = nan"}, "tolerance = nan, expected a number of 0 or more"),
        ({"more": 'levels = [["unit"]]'}, "unknown level ['unit']"),
        ({"more": "levels = []"}, "levels is empty: it speaks of no place"),
        ({"more": "year = 0"}, "year = 0, expected a year"),
        ({"more": "year = 20300"}, "year = 20300, expected a year"),
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
        ("since = 2022-01-01T00:00:00", "", "since = datetime"),
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
    assert found.startswith(
        r"extends: 'a\x00.toml', expected text without a NUL character (\u0000)"
    )
    path = written(tmp_path, rule(target=f"[1{'0' * 400}]"))
    ((what, found),) = faults(path)
    assert what == "profile ours.toml, line 10"
    said = "rule[1].target[1]: a whole number of 1329 bits, expected a whole number up to "
    assert found.startswith(f"{said}{2**63 - 1}")
    path = written(tmp_path, extra=f"since = {'9' * 5000}")
    ((what, found),) = faults(path)
    assert what == "profile ours.toml, line 2"
    assert found.startswith("not TOML: Integer too large (at line 2), ")
    assert rulebook([path]) == {}


def test_case_counts_in_the_unit_of_a_rule(tmp_path: Path) -> None:
    ((_, found),) = faults(written(tmp_path, rule(unit="KM/km2")))
    assert "unknown unit 'KM/km2'" in found
    assert "Did you mean km/km2?" in found


def test_only_what_is_at_fault_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, rule("road_densty"), rule("block_size", "<=", "[4]", "ha"),
                   rule(unit="km").replace('evidence = "verified"', 'evidence = "rumour"'),
                   rule("green_space_rate", unit="%", target="[30]"))  # fmt: skip
    assert [one.indicator for one in rules_of(path)] == ["block_size", "green_space_rate"]
    found = [f.action.en for f in rule_file_faults([path])]
    assert found == [
        "Did you mean road_density? Until then this rule is left out; the others are held.",
        "Correct evidence. Until then this rule is left out; the others are held.",
    ]


def test_a_rule_with_another_fault_still_contradicts(tmp_path: Path) -> None:
    bad = rule(comparator="<=", target="[7]").replace('evidence = "verified"', "")
    path = written(tmp_path, rule(), bad, rule("block_size", "<=", "[4]", "ha"))
    said = [words for _, words in faults(path)]
    assert any("evidence is missing" in words for words in said)
    assert any("contradicts ≥ 8" in words for words in said)
    assert [one.indicator for one in rules_of(path)] == ["block_size"]
    unsure = rule(comparator="<=", target="[7]", more="wher = 3")  # of which places, is not known
    path = written(tmp_path, rule(), unsure)
    assert [one.target_text() for one in rules_of(path)] == ["≥ 8"]


def test_a_rule_that_a_city_says_is_another_is_not_held_as_it_was(tmp_path: Path) -> None:
    bad = OVERRIDE.replace("reason", "because")
    kept = {r.indicator for r in rules_of(written(tmp_path, bad, extra='extends = "gb50180"'))}
    assert kept == {r.indicator for r in load_profile("gb50180").rules} - {"road_density"}


def test_what_is_wrong_with_the_head_costs_what_hangs_on_it(tmp_path: Path) -> None:
    path = written(tmp_path, rule(), extra="colour = 3")
    assert len(rules_of(path)) == len(faults(path)) == 1
    path = written(tmp_path, rule(), extra="since = 3")
    assert "the whole profile is left out" in faults(path)[0][1]
    assert rulebook([path]) == {}
    Path(path).write_bytes("名 = 1".encode("gbk"))
    assert faults(path)[0][1].startswith("it is not UTF-8, ")
    assert rulebook([path]) == {}


def test_a_profile_that_extends_one_that_is_not_there_is_left_out_whole(tmp_path: Path) -> None:
    written(tmp_path, rule("road_densty"), rule(), name="theirs")
    path = written(
        tmp_path, rule("block_size", "<=", "[4]", "ha"), extra='extends = "./theirs.toml"'
    )
    assert [one.indicator for one in rules_of(path)] == ["road_density", "block_size"]
    path = written(tmp_path, rule(), extra='extends = "./nobody.toml"')
    ((_, said),) = faults(path)
    assert "cannot be read" in said
    assert rulebook([path]) == {}
