"""What only a person can say: one question after the other, each with what was guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from carbonspace.intake import crs as crs_guess
from carbonspace.intake.assign import drafted
from carbonspace.intake.draft import CERTAINTIES, Answers, Draft, Guess, LayerDraft, handle
from carbonspace.intake.guess import name_of
from carbonspace.intake.write import shown_values
from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Text
from carbonspace.sources.listing import Dataset

_MOST = 30
_MOST_UNKNOWN = 8
_NOT_USED = Text("不使用", "it is not used")
_NONE = Text("都不是", "none of them")
_OPEN = Text("暂不确定", "leave it open")


@dataclass(frozen=True)
class Question:
    """A question with numbered answers; `default` is what init would take.

    `settle` returns what is known once answer `n` is given.
    """

    text: Text
    options: tuple[Text, ...]
    default: int
    settle: Callable[[int], Answers]


Ask = Callable[[Question], int]


def asked(datasets: Sequence[Dataset], name: str, ask: Ask) -> Draft:
    """Return the draft after every question `drafted` leaves open was asked once."""
    answers = Answers()
    draft = drafted(datasets, answers, name)
    for _ in range(_MOST):
        question = next(_questions(draft, answers), None)
        if question is None:
            break
        answers = question.settle(ask(question))
        draft = drafted(datasets, answers, name)
    return draft


def _questions(draft: Draft, answers: Answers) -> Iterator[Question]:
    yield from _roles(draft, answers)
    yield from _fields(draft, answers)
    yield from _crs(draft, answers)


def _roles(draft: Draft, answers: Answers) -> Iterator[Question]:
    """Ask what an unsure layer is, then what the few datasets are that nothing tells about."""
    for layer in draft.layers:
        unsure = layer.guess.certainty != "certain" and not layer.dataset.gives
        if unsure and handle(layer.dataset) not in answers.roles and not layer.derived:
            yield _role(layer.dataset, layer, answers)
    unknown = [u.dataset for u in draft.unused if u.open and handle(u.dataset) not in answers.roles]
    if len(unknown) <= _MOST_UNKNOWN:
        yield from (_role(one, None, answers) for one in unknown)


def _role(dataset: Dataset, guessed: LayerDraft | None, answers: Answers) -> Question:
    kinds = (dataset.kind,) if dataset.kind != "mixed" else ("polygon", "line", "point")
    keys = [key for key, layer in LAYERS.items() if {*kinds} & {*layer.geometry}]
    fields = ", ".join(name for name, _ in dataset.fields[:8])
    what = f"{name_of(dataset)} ({dataset.features} × {dataset.kind}; {fields})"
    text = Text(f"{what} 是什么图层？", f"Which layer is {what}?")
    if guessed is not None:
        sure, title, why = _guessed(guessed)
        text = Text(f"{text.zh}{sure.zh}：{title.zh}（{why.zh}）",
                    f"{text.en} {sure.en}: {title.en} ({why.en})")  # fmt: skip
    options = (_NOT_USED, *(LAYERS[key].title for key in keys))
    default = 1 + keys.index(guessed.key) if guessed is not None else 0
    settle = _settler(answers, "roles", handle(dataset), [None, *keys])
    return Question(text, options, default, settle)


def _guessed(layer: LayerDraft) -> tuple[Text, Text, Text]:
    """Return how sure the guess of a layer is, what it is called, and why."""
    return CERTAINTIES[layer.guess.certainty], LAYERS[layer.key].title, layer.guess.why


def _fields(draft: Draft, answers: Answers) -> Iterator[Question]:
    """Ask which field holds a required column that was not found."""
    for layer in draft.layers:
        for column in layer.lacking:
            if (layer.key, column) in answers.fields:
                continue
            declared = LAYERS[layer.key].column(column)
            title = declared.title if declared else Text(column, column)
            names = [name for name, kind in layer.dataset.fields if kind != "binary"]
            text = Text(f"{name_of(layer.dataset)} 的哪个字段是{title.zh}？",
                        f"Which field of {name_of(layer.dataset)} holds {title.en}?")  # fmt: skip
            shown = (f"{name}: {shown_values(layer.dataset, name)}" for name in names)
            options = (_NONE, *(Text(one, one) for one in shown))
            settle = _settler(answers, "fields", (layer.key, column), [None, *names])
            yield Question(text, options, 0, settle)


def _crs(draft: Draft, answers: Answers) -> Iterator[Question]:
    """Ask for the CRS of a layer whose own cannot be right."""
    for layer in draft.layers:
        place = handle(layer.dataset)
        if layer.crs is not None or not layer.crs_options or place in answers.crs:
            continue
        doubt, name = crs_guess.doubt(layer.dataset), name_of(layer.dataset)
        text = Text(f"{name} 的坐标系是？（{doubt.zh}）", f"Which CRS has {name}? ({doubt.en})")
        options = (_OPEN, *(_option(one.value, one.why) for one in layer.crs_options))
        settle = _settler(answers, "crs", place, [None, *layer.crs_options])
        yield Question(text, options, 0, settle)


def _option(code: str, why: Text) -> Text:
    name = f"{code} {crs_guess.title(code)}"
    return Text(f"{name}：{why.zh}", f"{name}: {why.en}")


def _settler(
    answers: Answers, what: str, key: object, values: Sequence[str | Guess | None]
) -> Callable[[int], Answers]:
    return lambda n: replace(answers, **{what: {**getattr(answers, what), key: values[n]}})
