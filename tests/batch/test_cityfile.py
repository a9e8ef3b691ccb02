"""city.toml: every fault at once, and what a sound one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from carbonspace.batch import City, read_cities
from carbonspace.batch.limits import Limits
from carbonspace.batch.retry import Tries
from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.sources.watched import Watch

SOUND = """[[city]]
name = "上党"
plan = "shangdang/plan.toml"
results = "service=results"
schema = "shang dang"
profiles = ["pku", "ours.toml"]
indicators = ["park_coverage"]
keep = 365
lang = "zh"
message = ["html", "json"]
folder = "messages"
only_changes = true
tries = 3
retry_time = "10 min"
answer_limit = "90 s"
time_limit = "4 h"
memory_limit = "6 GB"
cache = "of-the-night-before"
changes = { column = "编辑时间" }
changes_in = { roads = "rows", parks = "triggers", buildings = { column = "edited" } }
connections = 2

[[city]]
name = "East"
plan = "/data/east"
results = "east-results"
"""


def faults(tmp_path: Path, text: str | bytes) -> list[Finding]:
    file = tmp_path / "city.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(InputError) as raised:
        read_cities(file)
    return list(raised.value.findings)


def test_a_sound_file(tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_text(SOUND, "utf-8")
    first, second = read_cities(tmp_path)
    assert first == City(
        "上党", tmp_path / "shangdang/plan.toml", "service=results", "shang dang",
        ("pku", str(tmp_path / "ours.toml")), ("park_coverage",), 365, "zh", ("html", "json"),
        tmp_path / "messages", True, Tries(3, 600), 90, Limits(14400, 6e9),
        tmp_path / "of-the-night-before",
        (), Watch("column", "编辑时间"),
        {"roads": Watch("rows"), "parks": Watch("triggers"),
         "buildings": Watch("column", "edited")}, 2,
    )  # fmt: skip
    assert first.rules == [tmp_path / "ours.toml"]
    results = tmp_path / "east-results"
    assert second == City("East", Path("/data/east"), str(results), folder=results, cache=results)


def test_every_fault_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, """frequency = 1
[[city]]
name = "A"
plan = ""
results = "service=x"
scheme = "x"
profiles = ["pku", "nowhere"]
indicators = ["park_coverag"]
keep = 0
lang = "fr"
message = ["html", "fax"]
tries = 0
retry_time = "a while"
answer_limit = 60
time_limit = "0 h"
memory_limit = "6 GBit"
changes = "column"
changes_in = { roads = "sometimes", streets = "rows", parks = { column = "" } }
connections = 0

[[city]]
name = "A"
schema = "pg_catalog"
keep = "a year"
""")  # fmt: skip
    told = {one.what.en.split(": ", 1)[-1] for one in found}
    assert told == {
        "frequency is not known", "city[1].scheme is not known (line 2)",
        "city[1].plan cannot be used (line 2)", "city[1].folder is missing (line 2)",
        "profiles nowhere is not known (line 2)", "city[1].keep cannot be used (line 2)",
        "city[1].indicators park_coverag is not known (line 2)",
        "city[1].tries cannot be used (line 2)", "city[1].retry_time cannot be used (line 2)",
        "city[1].answer_limit has the wrong type (line 2)",
        "city[1].time_limit cannot be used (line 2)",
        "city[1].memory_limit cannot be used (line 2)",
        "city[1].changes cannot be used (line 2)", "city[1].connections cannot be used (line 2)",
        "city[1].changes_in.roads cannot be used (line 2)",
        "city[1].changes_in.parks cannot be used (line 2)",
        "city[1].changes_in.streets is not known (line 2)",
        "city[1].lang cannot be used (line 2)", "city[1].message cannot be used (line 2)",
        "city[2].plan is missing (line 21)", "city[2].results is missing (line 21)",
        "city[2].keep has the wrong type (line 21)", "city[2].name cannot be used (line 21)",
        "city[2].schema cannot be used (line 21)",
    }  # fmt: skip
    assert {one.severity for one in found} == {"error"}
    assert all(words for one in found for words in (*one.what, *one.expected, *one.action))
    assert not any("plan.toml" in words for one in found for words in (*one.what, *one.action))


@pytest.mark.parametrize("text", [
    "", "city = 3\n", "city = [3]\n", "[[city]\n", b"\xff\xfe",
    '[[city]]\nname = "a\\u0000"\nplan = "p"\nresults = "r"\n',
])  # fmt: skip
def test_what_is_no_city_file(tmp_path: Path, text: str | bytes) -> None:
    assert faults(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_cities(tmp_path / "none.toml")


@pytest.mark.parametrize("results", ["postgresql://me:S3cret@host/gis", "host=h password=S3cret",
                                     "postgresql://host/gis?password=S3cret"])  # fmt: skip
def test_a_password_is_refused_and_not_repeated(tmp_path: Path, results: str) -> None:
    (found,) = faults(tmp_path, f'[[city]]\nname = "A"\nplan = "p"\nresults = "{results}"\n')
    assert "PGPASSWORD" in found.action.en
    assert "S3cret" not in f"{found} {found.line()}"
