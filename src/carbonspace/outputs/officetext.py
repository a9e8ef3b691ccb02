"""Texts for the cells and paragraphs of office files."""

from __future__ import annotations

import re

from carbonspace.model.text import Text
from carbonspace.outputs.xmltext import cleaned

_ENDS = re.compile("\r\n?")


def plain_text(text: str) -> str:
    """Return a text with ends of lines all alike, and with nothing that XML cannot hold."""
    return _ENDS.sub("\n", cleaned(text))


def side_by_side(text: Text, between: str = " ") -> str:
    """Return words in both languages, Chinese first; once where they are the same."""
    return text.zh if text.zh == text.en else between.join(filter(None, text))
