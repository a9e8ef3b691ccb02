"""What people read, in Chinese and English; what the catalogue says is in both already."""

from __future__ import annotations

import html
import io
import json
import re
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication, QgsSettings

_HERE = Path(__file__)
_WORDS: dict[str, dict[str, str]] = json.loads(_HERE.with_name("words.json").read_text("utf-8"))
TABLES: dict[str, Any] = json.loads(_HERE.with_name("tables.json").read_text("utf-8"))
"""What is listed: variables, places to look, commands."""


def lang() -> str:
    """Return the language of QGIS as far as carbonspace speaks it: zh or en."""
    chosen = str(QgsSettings().value("carbonspace/language", "") or QgsApplication.locale())
    return "zh" if chosen.lower().startswith("zh") else "en"


def say(key: str, *listed: Any, **values: Any) -> str:
    """Return a message or a label in the language of QGIS."""
    return titled(_WORDS[key]).format(*listed, **values).strip()


def titled(words: Any) -> str:
    """Return a title of the catalogue in the language of QGIS; "" for none."""
    return str((words or {}).get(lang(), ""))


def form(name: str) -> io.StringIO:
    """Return a .ui file with its texts, which are keys of words.json, in the language of QGIS."""
    text, key = _HERE.with_name(name).read_text("utf-8"), r"(?<=<string>)\w+(?=</string>)"
    return io.StringIO(re.sub(key, lambda found: html.escape(say(found[0])), text))
