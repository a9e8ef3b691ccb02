"""How the tables of a city are watched for changes, as city.toml says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Text
from carbonspace.sources.keys import unknown_key, unusable
from carbonspace.sources.watched import WAYS, Watch

_COLUMN = "column"
_NAMED = [one for one in WAYS if one != _COLUMN]
_EXPECTED = " | ".join([*(f'"{one}"' for one in _NAMED), f'{{ {_COLUMN} = "…" }}'])
MOST_CONNECTIONS = 32


def watch_faults(place: str, one: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with `changes`, `changes_in` and `connections` of a city."""
    if "changes" in one and _watch(one["changes"]) is None:
        yield unusable(f"{place}.changes", one["changes"], _EXPECTED)
    for key, said in one.get("changes_in", {}).items():
        if key not in LAYERS:
            yield unknown_key("city", f"{place}.changes_in.{key}", key, LAYERS)
        elif _watch(said) is None:
            yield unusable(f"{place}.changes_in.{key}", said, _EXPECTED)
    if not 1 <= one.get("connections", 1) <= MOST_CONNECTIONS:
        yield unusable(f"{place}.connections", one["connections"],
                       Text(f"1 至 {MOST_CONNECTIONS}", f"1 to {MOST_CONNECTIONS}"))  # fmt: skip


def watches(one: Mapping[str, Any]) -> tuple[Watch, dict[str, Watch]]:
    """Return how tables are watched, and those of layers that are watched in their own way."""
    own = {key: _watch(said) or Watch() for key, said in one.get("changes_in", {}).items()}
    return _watch(one.get("changes", WAYS[0])) or Watch(), own


def _watch(said: Any) -> Watch | None:
    if isinstance(said, str):
        return Watch(said) if said in _NAMED else None
    if not isinstance(said, dict) or [*said] != [_COLUMN]:
        return None
    name = said[_COLUMN]
    return Watch(_COLUMN, name) if isinstance(name, str) and name.strip() else None
