"""Documents opened by a real LibreOffice, and the hostile names that they have to carry."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HOSTILE = (
    "=1+1", "+cmd|'/C calc'!A0", "-2+3", "@SUM(A1)", "<r><t>x</t></r>", "</script><b>&amp;",
)  # fmt: skip
MORE_HOSTILE = (
    "_x0041_\x00\x0b\x1f\ufffe", "\u202ertl\u202c \u200f", "😀" * 20, "字" * 300,
    'a\r\nb\t"c"', "../../etc/passwd",
)  # fmt: skip


def converted(path: Path, to: str, suffix: str, scratch: Path) -> list[Path]:
    """Return what LibreOffice makes of a document, by name; it has a profile of its own."""
    program = shutil.which("soffice")
    if program is None:
        pytest.fail("soffice is missing: apt-get install libreoffice-calc libreoffice-writer")
    out = scratch / suffix
    profile = (scratch / "profile").resolve().as_uri()
    command = [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", to,
               "--outdir", str(out), str(path)]  # fmt: skip
    made = subprocess.run(command, check=True, timeout=300, capture_output=True, text=True)
    found = sorted(out.glob(f"*.{suffix}"))
    assert found, made.stderr
    return found
