"""What TOML can say and no program can use is told with its key and its line."""

from __future__ import annotations

import pytest

from carbonspace.model.tomltext import UnreadableError, toml_of

HUGE = 2**63
TEXT = f"""format = 1
position_tolerance = 1{"0" * 400}
[output]
width = {HUGE}
minutes = [
  5,
  {HUGE},
]
[a]
"k\\u0000" = "v"
b = -{HUGE}
c = "{HUGE}"
d = ["x", "y\\u0000z\\u0000"]
e = 0xFFFF_FFFF_FFFF_FFFF_FFFF
f = 'C:\\\\u0000'
[[b]]
[[b]]
year = -{HUGE + 1}
"""


def test_whole_numbers_beyond_64_bits_and_nul_characters_are_told_with_their_lines() -> None:
    table, unfit = toml_of(TEXT)
    assert table["a"]["b"] == -HUGE
    assert [(one.place, one.line) for one in unfit] == [
        ("position_tolerance", 2), ("output.width", 4), ("output.minutes[2]", 7),
        ("a.k\\u0000", 10), ("a.d[2]", 13), ("a.e", 14), ("b[2].year", 18),
    ]  # fmt: skip
    assert unfit[0].found.en == "a whole number of 1329 bits"
    assert unfit[1].expected.en == "a whole number up to 9223372036854775807"
    assert unfit[4].found.en == r"'y\x00z\x00'"
    assert "空字符" in unfit[4].expected.zh


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        (f"a = 1\nb = {'9' * 5000}", 2, "Integer too large (at line 2)"),
        ("a = 1\nb = c", 2, "Invalid value (at line 2"),
        ("a = " + "[" * 5000, 0, "nested too deeply"),
    ],
)
def test_what_is_no_toml_says_where(text: str, line: int, why: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        toml_of(text)
    assert caught.value.line == line
    assert str(caught.value).startswith(why)
