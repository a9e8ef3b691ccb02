"""Text of the data that must not turn what stands beside it around.

Marks of direction (U+202E and its like) are named, as in print. Letters that are read from right to
left are kept apart from what stands before and after them, in markup and in attributes alike.
"""

from __future__ import annotations

import re

_MARKS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LEFTWARD = re.compile(
    "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_KEPT, _END = "\u2068", "\u2069"


def named(text: str) -> str:
    """Return a text in which marks that would turn the direction of its line are named."""
    return _MARKS.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def alone(text: str) -> str:
    """Return a text that leaves the direction of what stands beside it alone."""
    if text.isascii():
        return text
    told = named(text)
    return f"{_KEPT}{told}{_END}" if _LEFTWARD.search(told) else told
