"""Who makes the reports: the name, the logo, the title block, the colours and the templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from carbonspace.model.text import Text


@dataclass(frozen=True)
class Bureau:
    """What a bureau (编制单位) puts on its reports.

    Attributes
    ----------
    name
        What the bureau is called.
    logo
        A picture, PNG or SVG.
    title_block
        The rows of the title block (图签): what each says, and the value.
    colours
        Colours of verdicts as `#rrggbb`, instead of ours.
    templates
        A folder with templates that go before ours of the same name.
    """

    name: Text | None = None
    logo: Path | None = None
    title_block: tuple[tuple[Text, Text], ...] = ()
    colours: Mapping[str, str] = field(default_factory=dict)
    templates: Path | None = None


NOBODY = Bureau()
"""Reports that carry no name."""
