"""Whether a run would give what is there already: told from hashes, before anything is computed.

A run is asked for by its plan, the files the plan names, the options, and the program. Where all
of that is what `run.json` recorded, and every result is as it was written, nothing need be done.
What cannot be known from files (a database, a file that is missing) counts as changed. Content
decides, never times or sizes: hashes are taken before the files are read, so an edit during the
run is noticed by the next.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from carbonspace.digest import digest_of, digests
from carbonspace.version import __version__

_PACKAGE = Path(__file__).parent
_NOT_CODE = ("__pycache__", "samples")
_LIBRARIES = frozenset((
    "geopandas", "jinja2", "networkx", "numba", "numpy", "osmnx", "pandas", "pvlib", "pyarrow",
    "pyogrio", "pyproj", "rasterio", "scipy", "shapely",
))  # fmt: skip
_SETTINGS = ("GDAL_", "OGR_", "CPL_", "PROJ_", "SHAPE_")
_NO_CONTENT = (".lock", "-shm")
_RULES = ".toml"
_JOURNALS = ("-wal", "-journal")
_MAYBE_DATABASE = ("=", "://")

Request = Mapping[str, Any]
"""All that determines the results of a run, as `run.json` holds it."""


def request(plan: Path, options: Mapping[str, Any]) -> Request | None:
    """Return what a run is asked for, or None where that cannot be known from files."""
    try:
        if any(name.endswith(_RULES) for name in options.get("profiles", ())):
            return None  # rules that lie anywhere, and are not among the plan's files
        named = _named(plan / "plan.toml" if plan.is_dir() else plan)
        found, ended = digests(named.values()), _ended(next(iter(named.values())))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None  # whoever reads the plan says what is wrong with it
    files = {_writable(name): found[path] for name, path in named.items()}
    return {"options": dict(options), "files": files, "program": program(),
            "ended": ended}  # fmt: skip


def terms(plan: Path, rules: Iterable[Path], options: Mapping[str, Any]) -> Request:
    """Return all that determines the results of a plan, but for what is in databases.

    `rules` are files of rules that are asked for besides those that the plan names. `databases`
    says whether it names any; a file that is not there has no hash.

    Raises
    ------
    OSError, ValueError, KeyError, TypeError, AttributeError
        plan.toml or a file of rules cannot be read.
    """
    file = plan / "plan.toml" if plan.is_dir() else plan
    table = tomllib.loads(file.read_text("utf-8-sig"))
    named = [*dict.fromkeys(_sources(table))]
    asked = [*rules, *(file.parent / one for one in named if one.endswith(_RULES))]
    ground = [path for one in asked for path in _ground(one.name, one.parent).values()]
    data = {one: _there(one, file.parent) for one in named if not one.endswith(_RULES)}
    stored = [one for one, files in data.items()
              if not files and any(mark in one for mark in _MAYBE_DATABASE)]  # fmt: skip
    found = digests([file, *asked, *ground, *(path for files in data.values() for path in files)])
    return {"options": dict(options), "files": {str(path): one for path, one in found.items()},
            "databases": bool(stored), "program": program(), "ended": _ended(file)}  # fmt: skip


def _there(source: str, base: Path) -> list[Path]:
    """Return every file whose content may count for a source, none where there is no such file."""
    try:
        return [*_files(source, base).values()]
    except FileNotFoundError:
        return []


def _ended(plan: Path) -> list[str]:
    """Return the last days of exemptions that have passed: from the next on results are others."""
    given = tomllib.loads(plan.read_text("utf-8-sig")).get("exemption", ())
    ends = [str(one["until"]) for one in given if "until" in one]
    return [end for end in ends if end < _today().isoformat()]


def _today() -> date:
    return date.today()  # noqa: DTZ011  the day where the planner is


def earlier(directory: Path, asked: Request | None) -> Mapping[str, Any] | None:
    """Return the `run.json` of results that are what `asked` would give; None where they are not.

    Every file that the earlier run wrote must be there with the content it was written with.
    """
    if asked is None:
        return None
    try:
        run = json.loads((directory / "run.json").read_text("utf-8"))
        if run["request"] != json.loads(json.dumps(asked)):
            return None
        return run if _as_written(run, directory) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _as_written(run: Mapping[str, Any], directory: Path) -> bool:
    written = {**run["sha256"]}
    own = written.pop("run.json")
    if own != digest_of({**run, "sha256": written}):
        return False
    found = digests(directory / name for name in written)
    return all(found[directory / name] == digest for name, digest in written.items())


def _named(file: Path) -> dict[str, Path]:
    """Return by name plan.toml and every file whose content may count for what it names.

    Raises
    ------
    OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError
        They cannot all be known.
    """
    if not file.is_file():
        raise FileNotFoundError(file)
    named = {file.name: file}
    for source in dict.fromkeys(_sources(tomllib.loads(file.read_text("utf-8-sig")))):
        if any(mark in source for mark in _MAYBE_DATABASE):
            raise ValueError(source)
        named |= _files(source, file.parent)
        named |= _ground(source, file.parent) if source.endswith(_RULES) else {}
    return named


def sources_of(plan: Path) -> list[str]:
    """Return what a plan.toml names as sources, once each.

    Raises
    ------
    OSError, ValueError, KeyError, TypeError, AttributeError
        It cannot be read.
    """
    return [*dict.fromkeys(_sources(tomllib.loads(plan.read_text("utf-8-sig"))))]


def _ground(rules: str, base: Path) -> dict[str, Path]:
    """Return by name the files of rules that one builds on, and those build on."""
    found, here = dict[str, Path](), base / rules
    while str(below := tomllib.loads(here.read_text("utf-8-sig")).get("extends", "")).endswith(
        _RULES
    ):
        here = here.parent / below
        if str(here) in found:
            raise ValueError(below)
        found[str(here)] = here
    return found


def _sources(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a plan names as sources, of layers, rasters and weather."""
    yield from (name for name in plan.get("profiles", []) if name.endswith(_RULES))
    weather = [plan["weather"]] if "weather" in plan else []
    for table in (*plan["layers"].values(), *plan.get("rasters", {}).values(), *weather):
        yield from [table["source"]] if isinstance(table["source"], str) else table["source"]


def _files(source: str, base: Path) -> dict[str, Path]:
    """Return by name every file whose content may count for a source.

    Those of a folder; else the file and what is called like it: the parts of a shapefile, the
    world file of a raster, the changes not yet merged into a GeoPackage.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    """
    path = base / source
    if path.is_dir():
        return {f"{source}/{p.relative_to(path).as_posix()}": p for p in _within(path)}
    file = next((p for p in (path, *path.parents) if p.is_file()), None)
    if file is None:
        raise FileNotFoundError(path)
    named = {str(p.relative_to(base) if base in p.parents else p): p for p in _beside(file)}
    if file.is_symlink():
        named |= {str(p): p for p in _beside(file.resolve())}
    return named


def _within(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        files = (Path(place) / name for name in sorted(names) if not name.endswith(_NO_CONTENT))
        yield from (file for file in files if file.is_file())


def _beside(file: Path) -> Iterator[Path]:
    stem, journals = f"{file.stem}.".casefold(), {file.name + end for end in _JOURNALS}
    with os.scandir(file.parent) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        path = file.parent / name
        is_part = name.casefold().startswith(stem) and not name.endswith((*_NO_CONTENT, *_JOURNALS))
        is_journal = name in journals
        if (is_part or is_journal) and path.is_file() and (is_part or path.stat().st_size):
            yield path


def _writable(name: str) -> str:
    """Return a name that may hold bytes of no encoding as text that can be written down."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def program() -> dict[str, Any]:
    """Return what computes: the code as it is, the Python and the libraries it runs with."""
    code = digests(_code())
    settings = {k: v for k, v in os.environ.items() if k.startswith(_SETTINGS)}
    return {
        "carbonspace": __version__,
        "code": digest_of({p.relative_to(_PACKAGE).as_posix(): d for p, d in code.items()}),
        "python": f"{sys.implementation.name} {sys.version} {sys.platform}",
        "libraries": _libraries(),
        "settings": digest_of(settings),
    }


def _code() -> Iterator[Path]:
    for place, folders, names in os.walk(_PACKAGE):
        folders[:] = sorted(one for one in folders if one not in _NOT_CODE)
        yield from (Path(place) / name for name in sorted(names))


def _libraries() -> dict[str, str]:
    """Return the versions of installed libraries from the names of their records."""
    found: dict[str, str] = {}
    for place in sys.path:
        try:
            names = os.listdir(place)  # noqa: PTH208  a path object for each of hundreds is slow
        except OSError:
            continue
        for name in names:
            library, _, version = name.lower().removesuffix(".dist-info").partition("-")
            if name.endswith(".dist-info") and library in _LIBRARIES:
                found.setdefault(library, version)
    return dict(sorted(found.items()))
