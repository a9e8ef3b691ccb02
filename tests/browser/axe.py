"""What axe-core finds wrong with a page that is open in the browser."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

_GRAVE = ("serious", "critical")


def faults(page: Any) -> list[str]:
    """Return every serious or critical fault: its rule, the element, and what axe says of it."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]}: {node['failureSummary']}"
        for one in found if one["impact"] in _GRAVE for node in one["nodes"]
    ]  # fmt: skip
