"""`python -m docs.pages`: write every page and picture that is made from the catalogue."""

from __future__ import annotations

from docs.pages.writing import write

write()
