"""Which reports there are, by the names that people ask for them with."""

KINDS = ("html", "pdf", "xlsx", "docx", "qgz", "panel")
"""In the order they are made."""
ALL = "all"
USUAL = ("html",)
"""What a run writes where nothing is said."""
ALWAYS = ("panel",)
"""What a run writes besides, whatever is said."""


def chosen(asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds that are asked for, each once, in order; `all` is every kind there is."""
    return tuple(kind for kind in KINDS if ALL in asked or kind in asked)
