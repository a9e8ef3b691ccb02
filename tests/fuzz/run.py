"""Coverage-guided: `python -m tests.fuzz.run TARGET [libFuzzer options]`; it needs atheris."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["carbonspace.sources"]):
    from tests.fuzz.targets import by_name, seeds


def main() -> None:
    """Fuzz one target, from its sound example."""
    name = sys.argv.pop(1)
    with tempfile.TemporaryDirectory() as corpus:
        (Path(corpus) / "seed").write_bytes(seeds()[name])
        atheris.Setup([*sys.argv, corpus], by_name()[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
