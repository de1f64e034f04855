"""Losses: how far predictions are from their targets, as one Value to differentiate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import ops
from ..arguments import require
from ..value import Value


def half_squared_error(predictions: Any, targets: Any) -> Value:
    """Σ (prediction - target)² / 2: its derivative is the error itself.

    Args:
        predictions: a Value, or several, in lists of lists too.
        targets: a number or Value for each.

    Returns:
        The loss.

    Raises:
        ValueError: there aren't as many targets as predictions.

    Examples:
        >>> half_squared_error(Value(3.0), 1.0).data
        2.0
    """
    return ops.sum([ops.squared(p - t) / 2 for p, t in _pairs(predictions, targets)])  # type: ignore[no-any-return]


def mean_squared_error(predictions: Any, targets: Any) -> Value:
    """The mean of (prediction - target)².

    Args:
        predictions: a Value, or several, in lists of lists too.
        targets: a number or Value for each.

    Returns:
        The loss.

    Raises:
        ValueError: there aren't as many targets as predictions.

    Examples:
        >>> mean_squared_error([Value(3.0), Value(1.0)], [1.0, 1.0]).data
        2.0
    """
    return ops.mean([ops.squared(p - t) for p, t in _pairs(predictions, targets)])  # type: ignore[no-any-return]


def absolute_error(predictions: Any, targets: Any) -> Value:
    """The mean of |prediction - target|.

    Args:
        predictions: a Value, or several, in lists of lists too.
        targets: a number or Value for each.

    Returns:
        The loss.

    Raises:
        ValueError: there aren't as many targets as predictions.

    Examples:
        >>> absolute_error([Value(3.0), Value(1.0)], [1.0, 1.0]).data
        1.0
    """
    return ops.mean([ops.abs(p - t) for p, t in _pairs(predictions, targets)])  # type: ignore[no-any-return]


def huber(predictions: Any, targets: Any, delta: float = 1.0) -> Value:
    """The mean of d²/2 where |d| ≤ delta, else delta·(|d| - delta/2), with d = prediction - target; Huber 1964.

    Args:
        predictions: a Value, or several, in lists of lists too.
        targets: a number or Value for each.
        delta: where the parabola turns into straight lines; above 0.

    Returns:
        The loss.

    Raises:
        ValueError: there aren't as many targets as predictions, or delta isn't above 0.

    Examples:
        >>> huber([Value(3.0), Value(1.5)], [1.0, 1.0]).data
        0.8125
    """
    require(delta > 0, "delta must be above 0", delta)
    errors = [prediction - target for prediction, target in _pairs(predictions, targets)]
    inner = [ops.clip(error, -delta, delta) for error in errors]  # both pieces in one, without a branch
    return ops.mean([x * error - ops.squared(x) / 2 for x, error in zip(inner, errors, strict=True)])  # type: ignore[no-any-return]


def hinge(scores: Any, labels: Any) -> Value:
    """The mean of max(0, 1 - label·score), for labels 1 and -1; Cortes and Vapnik 1995.

    Args:
        scores: a Value, or several.
        labels: 1 or -1 for each.

    Returns:
        The loss.

    Raises:
        ValueError: there aren't as many labels as scores, or one is neither 1 nor -1.

    Examples:
        >>> hinge([Value(0.5), Value(2.0)], [1, 1]).data
        0.25
    """
    pairs = _pairs(scores, labels)
    for _, label in pairs:
        require(isinstance(label, Value) or label in (1, -1), "a label must be 1 or -1", label)
    return ops.mean([ops.relu(1 - score * label) for score, label in pairs])  # type: ignore[no-any-return]


def binary_cross_entropy(logits: Any, targets: Any) -> Value:
    """The mean of -t·log(p) - (1 - t)·log(1 - p) with p = sigmoid(logit), computed from the logits without overflow.

    Args:
        logits: a Value, or several.
        targets: a number from 0 to 1 for each.

    Returns:
        The loss.

    Raises:
        ValueError: there aren't as many targets as logits, or one isn't from 0 to 1.

    Examples:
        >>> binary_cross_entropy(Value(1000.0), 1.0).data
        0.0
    """
    pairs = _pairs(logits, targets)
    for _, target in pairs:
        require(isinstance(target, Value) or 0 <= target <= 1, "a target must be from 0 to 1", target)
    return ops.mean([ops.softplus(z) - z * t for z, t in pairs])  # type: ignore[no-any-return]


def cross_entropy(logits: Sequence[Any], targets: Any) -> Value:
    """-log of the probability that softmax gives to the right class; the mean of several.

    Args:
        logits: a Value for each class; or such a list for each of several.
        targets: which class is right, from 0; one for each list.

    Returns:
        The loss.

    Raises:
        ValueError: there is no such class, or there aren't as many classes as lists.

    Examples:
        >>> round(cross_entropy([Value(2.0), Value(1.0)], 0).data, 6)
        0.313262
    """
    lists, classes = list(logits), targets
    if all(map(_is_single, lists)):
        lists, classes = [lists], [targets]
    if len(lists) != len(classes):
        raise ValueError(f"cross_entropy got {len(lists)} lists of logits and {len(classes)} classes: one for each")
    return ops.mean([_surprise_of(target, list(each)) for each, target in zip(lists, classes, strict=True)])


def _surprise_of(target: Any, logits: list[Any]) -> Value:
    """-log of the probability of one class."""
    if isinstance(target, Value):  # chosen without a branch
        return ops.logsumexp(logits) - ops.dot([ops.equal(target, k) for k in range(len(logits))], logits)  # type: ignore[no-any-return]
    require(target in range(len(logits)), f"a class must be a whole number from 0 to {len(logits) - 1}", target)
    k = int(target)
    return ops.surprise(logits[k], *logits[:k], *logits[k + 1 :])  # type: ignore[no-any-return]


def _pairs(predictions: Any, targets: Any) -> list[tuple[Any, Any]]:
    left, right = _flatten(predictions), _flatten(targets)
    if len(left) != len(right) or not left:
        raise ValueError(f"{len(left)} predictions and {len(right)} targets: give one target for each prediction")
    return list(zip(left, right, strict=True))


def _flatten(thing: Any) -> list[Any]:
    """One number or Value, or those of a list, of lists in it too."""
    return [thing] if _is_single(thing) else [single for each in thing for single in _flatten(each)]


def _is_single(thing: Any) -> bool:
    return isinstance(thing, Value) or not hasattr(thing, "__iter__")


# a batch's loss is the mean of its samples' losses, but for half_squared_error, which is their sum
LOSSES: dict[str, Callable[[Any, Any], Value]] = {
    "mse": mean_squared_error,
    "abs": absolute_error,
    "half": half_squared_error,
    "huber": huber,
    "hinge": hinge,
    "bce": binary_cross_entropy,
    "ce": cross_entropy,
}
