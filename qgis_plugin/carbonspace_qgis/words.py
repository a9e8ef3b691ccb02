"""What people read, in Chinese and English; what the catalogue says is in both already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication, QgsSettings

_WORDS: dict[str, dict[str, str]] = json.loads(
    Path(__file__).with_name("words.json").read_text("utf-8")
)


def lang() -> str:
    """Return the language of QGIS as far as carbonspace speaks it: zh or en."""
    chosen = str(QgsSettings().value("carbonspace/language", "") or QgsApplication.locale())
    return "zh" if chosen.lower().startswith("zh") else "en"


def say(key: str, **values: Any) -> str:
    """Return a message or a label in the language of QGIS."""
    return titled(_WORDS[key]).format(**values).strip()


def titled(words: Mapping[str, str] | None) -> str:
    """Return a title of the catalogue in the language of QGIS."""
    return str((words or {}).get(lang(), ""))
