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

    def under(self, name: str) -> Text:
        """Return the words with the name of what they speak of in front."""
        return Text(f"{name}：{self.zh}", f"{name}: {self.en}")

    def of(self, what: Text) -> Text:
        """Return the words with what they speak of in front, in each language its own."""
        return Text(f"{what.zh}：{self.zh}", f"{what.en}: {self.en}")

    def filled(self, **values: object) -> Text:
        """Return the words with `{name}` placeholders replaced in both languages."""
        return Text(self.zh.format(**values), self.en.format(**values))


def quoted(words: str) -> Text:
    """Return what another program said: it has no translation, so Chinese puts it in quotes."""
    return Text(f"“{words}”", words)


def counted(number: int, zh: str, one: str, many: str) -> Text:
    """Return a number of things: `counted(2, "个要素", "feature", "features")`."""
    return Text(f"{number:,} {zh}", f"{number:,} {one if number == 1 else many}")
