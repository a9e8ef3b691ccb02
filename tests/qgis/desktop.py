"""The real window of QGIS on a screen of its own: driven by a script, and gone afterwards."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests.qgis.started import MARK, started

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(__file__).with_name("window")
QGIS = "/usr/bin/qgis"
_SIZE = "1600x1000x24"
_MOST_S, _SOON_S = 360.0, 20.0
_PROFILE = """[PythonPlugins]
carbonspace_qgis=true
processing=true

[locale]
overrideFlag=true
userLocale={language}

[core]
NewsFeed\\httpsfeedqgisorg\\disabled=true

[qgis]
checkVersion=false
"""


class Played(NamedTuple):
    """How QGIS ended, what the script told of each scene, what QGIS said, and who was left."""

    code: int
    told: dict[str, Any]
    log: str
    left: list[str]


def plain_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a QGIS at home in a folder, which finds this carbonspace."""
    script = folder / "蟒 python"
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT / "src"}" exec "{sys.executable}" "$@"\n', "utf-8"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return {
        "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(folder), "TMPDIR": str(folder),
        "XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", str(folder)),
        "QGIS_CUSTOM_CONFIG_PATH": str(folder / "conf"),
        "QGIS_PLUGINPATH": str(ROOT / "qgis_plugin"), "CARBONSPACE_PYTHON": str(script),
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip


def play(script: str, folder: Path, *, language: str = "en", **given: str) -> Played:
    """Start QGIS with a new profile, have it run a script of `window`, and wait for its end.

    The script finds `given` in its environment, in capitals, and `FOLDER` for what it writes.
    """
    profile = folder / "conf" / "profiles" / "default" / "QGIS"
    profile.mkdir(parents=True)
    (profile / "QGIS3.ini").write_text(_PROFILE.format(language=language), "utf-8")
    mark, log = uuid.uuid4().hex, folder / "qgis.log"
    with _screen() as display, log.open("wb") as said:
        environment = plain_environment(folder) | {
            "DISPLAY": display, "FOLDER": str(folder), "PYTHONPATH": str(ROOT), MARK: mark,
            **{name.upper(): value for name, value in given.items()},
        }  # fmt: skip
        command = [QGIS, "--nologo", "--noversioncheck", "--code", str(SCRIPTS / script)]
        window = subprocess.Popen(command, env=environment, start_new_session=True,
                                  stdin=subprocess.DEVNULL, stdout=said, stderr=said)  # fmt: skip
        code = _ended(window)
        left = started(mark)
    told = folder / "told.json"
    return Played(code, json.loads(told.read_text("utf-8")) if told.exists() else {},
                  log.read_text("utf-8", "replace"), left)  # fmt: skip


def _ended(window: subprocess.Popen[bytes]) -> int:
    """Wait for the end, and force it on what hangs."""
    try:
        return window.wait(_MOST_S)
    except subprocess.TimeoutExpired:
        return -signal.SIGKILL
    finally:
        with suppress(ProcessLookupError):
            os.killpg(window.pid, signal.SIGKILL)
        window.wait(_SOON_S)


@contextmanager
def _screen() -> Iterator[str]:
    """Yield the name of a display that nobody else uses."""
    reads, writes = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writes), "-screen", "0", _SIZE, "-nolisten", "tcp"],
        pass_fds=[writes], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writes)
    try:
        with open(reads) as told:  # noqa: PTH123
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait(_SOON_S)
