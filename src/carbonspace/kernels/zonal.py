"""Amounts shared among targets, and how mixed a group is."""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from .overlay import Floats, sums


def spread(amounts: ArrayLike, target_source: ArrayLike, weights: ArrayLike) -> Floats:
    """Share the amount of each source among its targets by weight.

    Parameters
    ----------
    amounts : float[s], of each source
    target_source : int[t], the source of each target, -1 for none
    weights : float[t], finite and not negative

    Returns
    -------
    float[t], adding up to the amount of every source that has a target; equal parts where all
    weights of a source are 0, and 0 for targets without a source.
    """
    amounts = np.asarray(amounts, dtype=np.float64)
    source = np.asarray(target_source, dtype=np.intp)
    weight = np.asarray(weights, dtype=np.float64)
    has = source >= 0
    total = sums(source, weight, len(amounts))
    weight = np.where(has & (total[source] == 0), 1.0, weight) if len(amounts) else weight
    total = sums(source, weight, len(amounts))
    result = np.zeros(len(source))
    result[has] = amounts[source[has]] * (weight[has] / total[source[has]])
    return result


def entropy(
    groups: ArrayLike, classes: ArrayLike, weights: ArrayLike, group_count: int, class_count: int
) -> Floats:
    """Normalised Shannon entropy ``-sum p ln p / ln class_count`` of each group.

    Parameters
    ----------
    groups, classes : int[n], -1 for what belongs to no group or no class
    weights : float[n], not negative
    group_count, class_count : how many there are

    Returns
    -------
    float[group_count] from 0 (one class) to 1 (all classes alike); NaN where there is no weight.
    """
    groups, classes = np.asarray(groups, dtype=np.intp), np.asarray(classes, dtype=np.intp)
    known = (groups >= 0) & (classes >= 0)
    cell = groups[known] * class_count + classes[known]
    weight = np.asarray(weights, dtype=np.float64)[known]
    table = np.bincount(cell, weight, group_count * class_count).astype(np.float64)
    table = table.reshape(group_count, class_count)
    total = table.sum(axis=1, keepdims=True)
    share = np.divide(table, total, out=np.full_like(table, np.nan), where=total > 0)
    result: Floats = entr(share).sum(axis=1) / (log(class_count) if class_count > 1 else 1.0)
    return result
