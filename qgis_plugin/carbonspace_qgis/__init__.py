"""carbonspace in QGIS: standard library and PyQGIS only."""

from __future__ import annotations

from typing import Any


def classFactory(iface: Any) -> Any:
    """Return the plugin."""
    from .plugin import Plugin

    return Plugin(iface)
