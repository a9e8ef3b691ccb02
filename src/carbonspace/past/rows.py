"""Features told apart by digests: whatever changes one of them changes its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.util import hash_array

from carbonspace.parts import Boxes
from carbonspace.past.mixing import AT_ONCE, KEYS, Words, mixed, outlines, placed

BYTES = 16
_NONE = np.zeros(2, dtype=np.uint64)
_SIP_KEYS = ("the first of two", "the other of two")
"""Of SipHash, 16 bytes each."""
_NOT_AS_BITS = (pd.DatetimeTZDtype, pd.ArrowDtype)
"""Types of numbers and times that numpy does not hold as they are."""
_PLAIN = ("string", "empty")
"""What pandas calls columns of texts, and of nothing."""


class Rows(NamedTuple):
    """Features: their ids (n), digests of all that they are, as bytes (n, 16), boxes (n, 4)."""

    ids: pd.Index
    digests: NDArray[np.uint8]
    boxes: Boxes

    @property
    def digest(self) -> str:
        """What tells these features from others, whatever their order."""
        total = _pairs(self.digests).sum(axis=0, dtype=np.uint64)
        return f"{len(self.ids)} {total.tobytes().hex()}"

    def but(self, others: Rows) -> Rows:
        """Return the features that are not among others exactly as they are here."""
        if self.digest == others.digest:
            return NO_ROWS
        held, known = _pairs(self.digests), _pairs(others.digests)
        both = [pd.Series(held[:, n]).isin(known[:, n]).to_numpy() for n in (0, 1)]
        return self.where(~(both[0] & both[1]))

    def where(self, chosen: NDArray[np.bool_]) -> Rows:
        """Return some of the features."""
        return Rows(self.ids[chosen], self.digests[chosen], self.boxes[chosen])


NO_ROWS = Rows(pd.Index([], dtype=object), np.empty((0, BYTES), dtype=np.uint8), np.empty((0, 4)))


def together(groups: Iterable[Rows]) -> Rows:
    """Return several groups of features as one."""
    ids, digests, boxes = zip(NO_ROWS, *groups, strict=True)
    return Rows(ids[0].append([*ids[1:]]), np.concatenate(digests), np.concatenate(boxes))


def rows_of(layer: gpd.GeoDataFrame) -> Rows:
    """Return the features of a layer, each with a digest of its id, its columns, its geometry.

    The names and types of the columns count, too.
    """
    names = {n: str(name) for n, name in enumerate(layer.columns) if name != layer.geometry.name}
    columns = [layer.iloc[:, n].array for n in sorted(names, key=lambda n: names[n])]
    words = [_words(column) for column in (layer.index.array, *columns)]
    begun = hashlib.blake2b(schema_of(layer).encode(), digest_size=BYTES).digest()
    shapes, seed = layer.geometry.to_numpy(), np.frombuffer(begun, dtype=np.uint64)
    digests, boxes = np.empty((len(layer), 2), dtype=np.uint64), np.empty((len(layer), 4))
    for start in range(0, len(layer), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        drawn, boxes[some] = outlines(shapes[some])
        digests[some] = _mixed(drawn + seed, [column[some] for column in words])
    return Rows(layer.index, digests.view(np.uint8).reshape(-1, BYTES), boxes)


def _mixed(total: Words, columns: Sequence[Words]) -> Words:
    """Return digests (n, 2) that hang on what is known (n, 2), and on columns (n, 2) of words."""
    for n, key in enumerate(KEYS):
        for place, word in enumerate(word for column in columns for word in column.T):
            total[:, n] += placed(word, place, key)
    return np.column_stack([mixed(total[:, n], key) for n, key in enumerate(KEYS)])


def schema_of(layer: gpd.GeoDataFrame) -> str:
    """Return the names and types of a layer's columns."""
    return repr(sorted((str(name), str(kind)) for name, kind in layer.dtypes.items()))


def _hashed(values: NDArray[np.object_]) -> Words:
    """Return bytes or texts as words of 64 bits (n, 2): SipHash with two keys."""
    hashed = [hash_array(values, hash_key=key, categorize=False) for key in _SIP_KEYS]
    return np.column_stack(hashed)


def _words(values: Any) -> Words:
    """Return a column as words of 64 bits (n, 2): numbers as they are, all else by digests."""
    array = np.asarray(values) if isinstance(values, np.ndarray) else values
    kind = getattr(array.dtype, "kind", "O")
    if kind in "iufbmM" and not isinstance(array.dtype, _NOT_AS_BITS):
        return _numbers(pd.array(array) if isinstance(array, np.ndarray) else array)
    return _texts(array)


def _numbers(values: Any) -> Words:
    """Return numbers and times as their bits; whether there is one at all as a word of its own."""
    absent = np.asarray(pd.isna(values), dtype=bool)
    if values.dtype.kind in "mM":
        bits = np.asarray(values).view(np.int64)
    elif values.dtype.kind == "f":
        bits = values.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        bits = values.to_numpy(dtype=np.int64, na_value=0)
    bits = np.where(absent, np.zeros(1, dtype=bits.dtype), bits)
    return np.column_stack([np.ascontiguousarray(bits).view(np.uint64), absent.astype(np.uint64)])


def _texts(values: Any) -> Words:
    """Return values of any type by digests of how they are written; nulls are all alike."""
    given = pd.Series(values, dtype=object)
    plain = pd.api.types.infer_dtype(given, skipna=True) in _PLAIN
    if not plain:  # lists cannot be hashed, and 1 and True would be the same
        given = given.map(_written, na_action="ignore")
    code, distinct = pd.factorize(given)
    try:
        known = _hashed(np.asarray(distinct, dtype=object))
    except UnicodeEncodeError:  # half of a character, which no encoding has
        known = _hashed(_encoded(distinct))
    found: Words = np.vstack([known, _NONE])[code]
    return found


def _encoded(texts: Iterable[str]) -> NDArray[np.object_]:
    encoded = [one.encode("utf-8", "surrogatepass") for one in texts]
    found = np.empty(len(encoded), dtype=object)
    found[:] = encoded
    return found


def _written(value: Any) -> str:
    return f"{type(value).__name__} {value!r}"


def _pairs(digests: NDArray[np.uint8]) -> Words:
    """Return digests as words of 64 bits (n, 2)."""
    return np.ascontiguousarray(digests).view(np.uint64).reshape(-1, 2)
