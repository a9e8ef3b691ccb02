"""The profiles a plan names: those that come with carbonspace, and files beside plan.toml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from carbonspace.model.finding import Finding
from carbonspace.sources.keys import unknown_key

_FILE = ".toml"
"""What a name ends in that is a file of the city's own rules."""


def profiles_named(names: Iterable[str], base: Path) -> list[str]:
    """Return the names that can be looked for; a file lies where it does from plan.toml."""
    known = _profile_keys()
    return [
        str(base / name) if name.endswith(_FILE) else name
        for name in names
        if name.endswith(_FILE) or name in known
    ]


def profile_faults(names: Iterable[object]) -> Iterator[Finding]:
    """Yield the names that no profile has; whether a file is there is seen when it is read."""
    known = _profile_keys()
    for name in names:
        if isinstance(name, str) and name not in known and not name.endswith(_FILE):
            yield unknown_key("plan", f"profiles {name}", name, known)


def _profile_keys() -> list[str]:
    """Return the profiles that come with carbonspace: data beside the code, not imported."""
    found = (entry.name for entry in files("carbonspace.profiles").iterdir())
    return sorted(name.removesuffix(_FILE) for name in found if name.endswith(_FILE))
