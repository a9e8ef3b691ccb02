"""The samples that come with carbonspace: in the checkout, or inside the installed package."""

from __future__ import annotations

from pathlib import Path

from carbonspace.errors import UnknownNameError

_PACKAGED = Path(__file__).parents[1] / "samples"
_IN_CHECKOUT = Path(__file__).parents[3] / "data" / "samples"


def sample_names() -> tuple[str, ...]:
    """Return the names of the samples, the golden plan first."""
    found = sorted(plan.parent.name for plan in _folder().glob("*/plan.toml"))
    return tuple(sorted(found, key=lambda name: name != "golden"))


def sample_plan(name: str) -> Path:
    """Return the `plan.toml` of a sample.

    Raises
    ------
    UnknownNameError
        If there is no sample of this name.
    """
    path = _folder() / name / "plan.toml"
    if not path.is_file():
        listed = ", ".join(sample_names())
        raise UnknownNameError(
            f"no sample {name}; there are: {listed}", f"没有示例 {name}；有：{listed}"
        )
    return path


def _folder() -> Path:
    return _PACKAGED if _PACKAGED.is_dir() else _IN_CHECKOUT
