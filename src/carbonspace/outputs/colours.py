"""The pale colours of verdicts, for areas behind text, as a bureau wants them."""

from __future__ import annotations

from carbonspace.model.bureau import Bureau
from carbonspace.outputs.look import VERDICTS

_WHITE = 0.55
_TINT = 0.86


def pales_of(bureau: Bureau) -> dict[str, str]:
    """Return the pale colour of each verdict: ours, or the bureau's mixed with white."""
    return {status: mixed(bureau.colours[status]) if status in bureau.colours else look.pale
            for status, look in VERDICTS.items()}  # fmt: skip


def tinted(colour: str) -> str:
    """Return a colour so pale that text in it can be read on it."""
    return mixed(colour, _TINT)


def mixed(colour: str, white: float = _WHITE) -> str:
    """Return a colour mixed with so much white."""
    parts = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return "#" + "".join(f"{round(255 * white + part * (1 - white)):02x}" for part in parts)
