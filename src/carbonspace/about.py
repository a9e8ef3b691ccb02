"""What this installation is, for programs that look for one: `python -m carbonspace.about`."""

from __future__ import annotations

import json
import platform
from importlib.util import find_spec
from pathlib import Path

from carbonspace.version import __version__

_EXTRAS = {"cluster": ("distributed",), "documents": ("typst", "docx", "xlsxwriter"),
           "postgis": ("psycopg",), "sun": ("pvlib",)}  # fmt: skip
"""What each extra installs, by the names it is imported by."""


def about() -> dict[str, object]:
    """Return the version, that of Python, where the package lies, and which extras are missing."""
    missing = [f"carbonspace[{extra}]" for extra, modules in _EXTRAS.items()
               if any(find_spec(one) is None for one in modules)]  # fmt: skip
    home = str(Path(__file__).with_name("__init__.py"))
    return {"version": __version__, "python": platform.python_version(), "home": home,
            "missing": sorted(missing)}  # fmt: skip


if __name__ == "__main__":
    import sys

    sys.stdout.write(json.dumps(about()) + "\n")
