"""What carbonspace can measure, as it says itself; kept in the user's profile by version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication

from .child import ChildError, checked
from .interpreter import Known
from .words import say

FORMAT = 1
_ASK_S = 300.0


class Catalogue:
    """The object `carbonspace catalog --format json` prints (docs/reference/catalog-json.md).

    `indicators`, `layers` and `rasters` are by key; of `themes` and `profiles` there are titles.
    """

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.indicators = {one["key"]: one for one in told["indicators"]}
        self.layers = {one["key"]: one for one in told["layers"]}
        self.rasters = {one["key"]: one for one in told["rasters"]}
        self.themes = {one["key"]: one["title"] for one in told["themes"]}
        self.profiles = {one["key"]: one["title"] for one in told["profiles"]}

    def choices(self, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the values a parameter may have, with titles; none where any will do."""
        named = self.told["vocabularies"].get(facts.get("vocabulary"), [])
        return list(facts.get("choices") or named)


def place(version: str) -> Path:
    """Return the file the catalogue of a version is kept in."""
    folder = Path(QgsApplication.qgisSettingsDirPath()) / "carbonspace"
    return folder / f"catalog-{version}.json"


def kept(known: Known) -> Catalogue | None:
    """Return the catalogue that was kept of this very carbonspace, or None."""
    try:
        told = json.loads(place(known.version).read_text("utf-8"))
        return _sound(told["told"], known) if told["stamp"] == known.stamp else None
    except (OSError, ValueError, KeyError, TypeError, ChildError):
        return None


def fetched(known: Known, cancelled: Callable[[], bool] = bool) -> Catalogue:
    """Ask carbonspace for its catalogue, and keep it.

    Raises `ChildError` where it cannot be had or speaks another format.
    """
    command = known.command("catalog", "--format", "json")
    ended = checked(command, timeout_s=_ASK_S, cancelled=cancelled)
    try:
        found = _sound(json.loads(ended.out), known)
    except (ValueError, KeyError, TypeError) as error:
        raise ChildError(say("bad_catalogue", error=error)) from error
    _keep(found, known)
    return found


def _sound(told: dict[str, Any], known: Known) -> Catalogue:
    if (spoken := int(told["format"])) != FORMAT:
        which = "newer_format" if spoken > FORMAT else "older_format"
        raise ChildError(say(which, path=known.path, version=known.version, format=spoken,
                             known=FORMAT))  # fmt: skip
    found = Catalogue(told)
    if not (found.indicators and found.layers and found.themes and told["vocabularies"]):
        raise ValueError("empty")
    return found


def _keep(found: Catalogue, known: Known) -> None:
    """Write it; where the profile cannot be written it is asked for again next time."""
    target, told = place(known.version), {"stamp": known.stamp, "told": found.told}
    with suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(told), "utf-8")
