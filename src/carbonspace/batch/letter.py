"""The morning message as it is sent: its subject, its forms, and what tells it apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from carbonspace.batch.wording import page_of, subject_of, text_of
from carbonspace.model.text import Lang


class Letter(NamedTuple):
    """A message to be sent; `id` is the same however often it is sent."""

    id: str
    subject: str
    text: str
    html: str
    json: str


def letter_of(message: Mapping[str, Any], lang: Lang) -> Letter:
    """Return a message as a letter in a language."""
    said = f"{message['city']} {message['run']} {message['began']}"
    return Letter(
        hashlib.sha256(said.encode()).hexdigest()[:32], subject_of(message, lang),
        text_of(message, lang), page_of(message, lang),
        json.dumps(message, ensure_ascii=False, indent=1, allow_nan=False) + "\n",
    )  # fmt: skip
