"""Paths as terminal hyperlinks, where the terminal takes them."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console
from rich.style import Style
from rich.text import Text as Styled

_PLAIN = ("dumb", "linux", "cons25", "emacs")
"""Terminals that show the address instead of hiding it."""
_OLD_VTE = 5000


def takes_links(console: Console) -> bool:
    """Return whether the terminal takes hyperlinks (OSC 8); FORCE_HYPERLINK=0 or 1 overrules."""
    if console.color_system is None or console.legacy_windows:
        return False
    if forced := os.environ.get("FORCE_HYPERLINK"):
        return forced != "0"
    is_old = os.environ.get("VTE_VERSION", str(_OLD_VTE)).zfill(4) < str(_OLD_VTE)
    return console.file.isatty() and os.environ.get("TERM") not in _PLAIN and not is_old


def linked(words: str, path: Path | None, console: Console, style: str = "") -> Styled:
    """Return words that lead to a file where there is one and the terminal takes links."""
    said = Styled(words, style=style)
    if path is not None and takes_links(console):
        said.stylize(Style(link=path.absolute().as_uri()))
    return said
