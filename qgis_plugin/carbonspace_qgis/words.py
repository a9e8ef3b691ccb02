"""What people read, in Chinese and English; what the catalogue says is in both already."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication, QgsSettings

_FILE = Path(__file__).with_name("words.json")
_WORDS: dict[str, dict[str, str]] = json.loads(_FILE.read_text("utf-8"))


def lang() -> str:
    """Return the language of QGIS as far as carbonspace speaks it: zh or en."""
    chosen = str(QgsSettings().value("carbonspace/language", "") or QgsApplication.locale())
    return "zh" if chosen.lower().startswith("zh") else "en"


def say(key: str, *listed: Any, **values: Any) -> str:
    """Return a message or a label in the language of QGIS."""
    return titled(_WORDS[key]).format(*listed, **values).strip()


def titled(words: Mapping[str, str] | None) -> str:
    """Return a title of the catalogue in the language of QGIS."""
    return str((words or {}).get(lang(), ""))


def form(name: str) -> io.StringIO:
    """Return a .ui file with its texts, which are keys of words.json, in the language of QGIS."""
    text = Path(__file__).with_name(name).read_text("utf-8")
    return io.StringIO(
        re.sub(r"(?<=<string>)\w+(?=</string>)", lambda key: html.escape(say(key[0])), text)
    )
