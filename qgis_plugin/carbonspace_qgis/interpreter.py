"""The Python that has carbonspace: found or installed, asked what it can measure, and run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from qgis.core import QgsApplication, QgsSettings

from .child import WINDOWS, ChildError, Ended, checked, run, shown
from .words import TABLES, lang, say, titled

SETTING = "carbonspace/python"
"""The interpreter a person chose."""
VARIABLE = "CARBONSPACE_PYTHON"
"""An environment variable that names it, for servers and tests; it goes before the setting."""
LEAST = (0, 1)
FORMAT = 1
"""Of the catalogue that is understood."""
_KNOWN = "carbonspace/known"
_ASK_S, _ANSWER_S = 60.0, 600.0
PATIENCE_S = 5.0
"""How long a person who looks on may be kept waiting by each interpreter."""
_SUITS = "import sys, ensurepip, venv; print(sys.version_info >= (3, 11))"


class Known(NamedTuple):
    """An interpreter that has carbonspace; `home` is where, `missing` which extras are not."""

    path: str
    version: str
    python: str
    home: str
    missing: tuple[str, ...] = ()

    @property
    def stamp(self) -> str:
        """What changes when carbonspace there is replaced."""
        try:
            state = Path(self.home).with_name("version.py").stat()
        except OSError:
            return ""
        return f"{self.version} {state.st_mtime_ns} {state.st_size}"

    def command(self, *arguments: str) -> list[str]:
        """Return a command line of carbonspace."""
        return [self.path, "-m", "carbonspace.cli", *map(str, arguments)]

    def asked(self, *arguments: str, read: Any = dict, cancelled: Any = bool) -> Any:
        """Return what `read` makes of the JSON that a command answers."""
        command = self.command(*arguments, "--format", "json")
        ended = checked(command, timeout_s=_ANSWER_S, cancelled=cancelled)
        try:
            return read(json.loads(ended.out))
        except (ValueError, KeyError, TypeError) as error:
            raise ChildError(say("bad_catalogue", error=error)) from error

    def run(
        self, feedback: Any, *arguments: str, out: Path | None = None, fine: tuple[int, ...] = (0,)
    ) -> Ended:
        """Run a command of carbonspace in the language of QGIS, and pass on what it says.

        `out` is the folder it makes, all of it or nothing, however it ends.
        """
        placed = ["--out", str(out)] if out else []
        command = self.command("--lang", lang(), *arguments, *placed)
        feedback.pushCommandInfo(shown(command))

        def told(step: dict[str, Any]) -> None:
            feedback.setProgress(step["done"])
            feedback.setProgressText(titled(step["title"]))

        try:
            return checked(command, told=told, said=feedback.pushConsoleInfo,
                           cancelled=feedback.isCanceled, fine=fine)  # fmt: skip
        except ChildError:
            if out:  # what one that was killed has begun beside it
                run([self.path, "-m", "carbonspace.folder", str(out)], timeout_s=_ASK_S)
            raise


def probe(path: str, timeout_s: float = _ASK_S) -> Known:
    """Ask an interpreter what it has.

    Raises `ChildError`, in words for people, where it does not run, lacks carbonspace, or has one
    that is too old.
    """
    try:
        ended = checked([path, "-m", "carbonspace.about"], timeout_s=timeout_s)
        told = json.loads(ended.out.strip().splitlines()[-1])
        facts = (str(told[name]) for name in ("version", "python", "home"))
        known = Known._make([path, *facts, tuple(told["missing"])])
    except (ChildError, ValueError, KeyError, IndexError, TypeError) as error:
        last = (str(error).strip().splitlines() or [repr(error)])[-1]
        raise ChildError(say("not_carbonspace", path=path, error=last)) from error
    if tuple(int(n) for n in known.version.split(".")[:2] if n.isdigit()) < LEAST:
        least = ".".join(map(str, LEAST))
        raise ChildError(say("too_old", path=path, version=known.version, least=least))
    return known


def current(timeout_s: float = _ASK_S) -> Known:
    """Return the interpreter to use: the one named or chosen, else the first found that has it.

    One that was asked before and has not changed since is not asked again.
    """
    if before := remembered():
        return before
    if named := _named():
        return remember(probe(named, timeout_s), chosen=False)
    looked = []
    for path in candidates():
        try:
            return remember(probe(path, timeout_s), chosen=False)
        except ChildError as error:
            looked.append(str(error))
    raise ChildError(say("no_interpreter", looked="\n".join(looked) or "—"))


def remember(known: Known, *, chosen: bool) -> Known:
    """Keep what is known of an interpreter, and that a person chose it."""
    if chosen:
        QgsSettings().setValue(SETTING, known.path)
    QgsSettings().setValue(_KNOWN, json.dumps([*known, known.stamp]))
    return known


def remembered() -> Known | None:
    """Return the interpreter that was asked last, unless it changed or another one is named."""
    try:
        *facts, missing, stamp = json.loads(str(QgsSettings().value(_KNOWN, "")))
        known = Known._make([*facts, tuple(missing)])
    except (ValueError, TypeError):
        return None
    holds = stamp and stamp == known.stamp and Path(known.path).exists()
    return known if holds and _named() in ("", known.path) else None


def _named() -> str:
    return os.environ.get(VARIABLE) or str(QgsSettings().value(SETTING, "") or "")


def candidates() -> Iterator[str]:
    """Yield interpreters that may have carbonspace, the likeliest first."""
    seen = set()
    for path in _places():
        if path and path not in seen and os.access(path, os.X_OK) and Path(path).is_file():
            seen.add(path)
            yield path


def _places() -> Iterator[str]:
    home = Path.home()
    yield str(python_of(own_folder()))
    if script := shutil.which("carbonspace"):
        folder = Path(script).resolve().parent  # on Windows this is Scripts
        yield from (str(folder / one) for one in ("python", "python3", "python.exe"))
        yield str(folder.parent / "python.exe")
    for room in filter(None, (os.environ.get("PIPX_HOME"), *TABLES["pipx"])):
        yield str(python_of(home / room / "venvs" / "carbonspace"))
    for active in filter(None, map(os.environ.get, ("VIRTUAL_ENV", "CONDA_PREFIX"))):
        yield str(python_of(Path(active)))
    for room in TABLES["rooms"]:
        marks = [home.glob(f"{room}*/{mark}") for mark in ("pyvenv.cfg", "conda-meta")]
        yield from (str(python_of(mark.parent)) for mark in sorted(chain(*marks)))
    yield from filter(None, map(shutil.which, ("python3", "python", "py")))


def python_of(folder: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    places = [folder / one for one in ("bin/python", "Scripts/python.exe", "python.exe")]
    there = (one for one in places if os.access(one, os.F_OK))  # exists() raises for odd folders
    return next(there, places[WINDOWS])


def own_folder() -> Path:
    """Return where the plugin installs carbonspace for itself: in the user's profile."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "carbonspace" / "python"


def installation(source: str = "carbonspace[documents,sun]") -> list[list[str]]:
    """Return the commands that install carbonspace into an environment of its own, to be shown.

    `source` is what pip is given: a name, or the path of a wheel.
    """
    for found in filter(None, map(shutil.which, TABLES["pythons"])):
        with suppress(ChildError):
            if checked([found, "-c", _SUITS], timeout_s=PATIENCE_S).out.strip() == "True":
                inner = [str(python_of(own_folder())), "-m", "pip", "install", "--upgrade", source]
                return [[found, "-m", "venv", str(own_folder())], inner]
    raise ChildError(say("no_python"))


def install(
    commands: list[list[str]], said: Callable[[str], None], cancelled: Callable[[], bool]
) -> Known:
    """Run the commands a person agreed to; where one fails, nothing that is new is left."""
    was_there = own_folder().exists()
    try:
        for command in commands:
            said(shown(command))
            checked(command, said=said, cancelled=cancelled)
        return remember(probe(commands[-1][0]), chosen=True)
    except ChildError:
        if not was_there:
            shutil.rmtree(own_folder(), ignore_errors=True)
        raise


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
    found: Catalogue = known.asked(
        "catalog", read=lambda told: _sound(told, known), cancelled=cancelled)  # fmt: skip
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
