"""The service and the timer of the how-to: as the page shows them, and as systemd takes them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs" / "how-to"
FILES = [DOCS / "systemd" / f"carbonspace.{kind}" for kind in ("service", "timer")]


def test_the_page_shows_the_files() -> None:
    page = (DOCS / "nightly.md").read_text("utf-8")
    shown = re.findall(r"^```ini\n(.*?)^```", page, re.S | re.M)
    assert shown == [one.read_text("utf-8") for one in FILES]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_them(tmp_path: Path) -> None:
    """The program is another one: that of the page is not installed here."""
    for one in FILES:
        text = one.read_text("utf-8")
        found = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M)
        (tmp_path / one.name).write_text(found, "utf-8")
    called = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / one.name) for one in FILES)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    ours = [line for line in called.stderr.splitlines() if "carbonspace" in line]
    assert (called.returncode, ours) == (0, []), called.stderr
