"""Text as the font of printed pages can show it: nothing invisible, nothing that reorders it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

from carbonspace.errors import ServiceError

SYMBOLS = "✗✕"
"""What is drawn from the second font, which is part of Typst."""
_UNBROKEN = re.compile(r"[^\s\u200b\u2e80-\uffef]{20}(?=[^\s\u200b\u2e80-\uffef]{4})")
_BREAK = "\u200b"


def legible(data: Any) -> Any:
    """Return data with all texts in its lists and mappings as `legible_text` makes them."""
    if isinstance(data, str):
        return legible_text(data)
    if isinstance(data, dict):
        return {key: legible(value) for key, value in data.items()}
    return [legible(value) for value in data] if isinstance(data, list | tuple) else data


@lru_cache(maxsize=2**14)
def legible_text(text: str) -> str:
    """Return a text in which letters that cannot be seen or drawn are named: `[U+202E]`.

    White space becomes a space, and a long run without one may be broken.
    """
    if text.isascii() and text.isprintable() and len(text) < 20:
        return text
    shown = text if _is_plain(text) else "".join(map(_shown, text))
    return _UNBROKEN.sub(rf"\g<0>{_BREAK}", shown)


def _is_plain(text: str) -> bool:
    return text.isprintable() and _drawn().issuperset(map(ord, text))


def _shown(letter: str) -> str:
    if letter.isspace():
        return " "
    seen = unicodedata.category(letter)[0] != "C" and ord(letter) in _drawn()
    return letter if seen else f"[U+{ord(letter):04X}]"


@cache
def _drawn() -> frozenset[int]:
    """Return the letters that there are glyphs of."""
    from fontTools.ttLib import TTFont

    with TTFont(font_file(), fontNumber=0, lazy=True) as font:
        return frozenset([*font.getBestCmap(), *map(ord, SYMBOLS)])


def font_file() -> str:
    """Return the file of the Chinese font.

    Raises
    ------
    ServiceError
        If it is not installed.
    """
    try:
        import noto_cjk_sans_otc
    except ImportError as error:
        raise ServiceError(
            "the Chinese font of printed pages is missing (noto-cjk-sans-otc): "
            "pip install 'carbonspace[documents]'",
            "缺少打印页所用的中文字体（noto-cjk-sans-otc）：pip install 'carbonspace[documents]'",
        ) from error
    return str(noto_cjk_sans_otc.FONT_PATH)
