"""Words for people, in Chinese and English."""

from __future__ import annotations

from typing import Literal, NamedTuple

Lang = Literal["zh", "en"]


class Text(NamedTuple):
    """The same words in both languages of the product."""

    zh: str
    en: str

    def to(self, lang: Lang) -> str:
        """Return the words in `lang`."""
        return self.zh if lang == "zh" else self.en

    def filled(self, **values: object) -> Text:
        """Return the words with `{name}` placeholders replaced in both languages."""
        return Text(self.zh.format(**values), self.en.format(**values))
