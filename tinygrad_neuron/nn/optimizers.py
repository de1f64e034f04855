"""Optimizers: what a step subtracts from each parameter. The update formulas are PyTorch's."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from typing import Any

from .. import ops
from ..arguments import require
from ..graph import assign_numbers
from ..primitives import plain
from ..value import Value

Schedule = Callable[[int], float]
Curvature = Callable[[Sequence[float]], float]


@dataclass(eq=False, repr=False)
class Optimizer:
    """The common part: parameters, a learning rate, and steps. A subclass writes `update`.

    Args:
        parameters: the leaves to train.
        learning_rate: 0 or above, or a schedule: a function of the number of steps done.
        weight_decay: added to each gradient, times the parameter.

    Raises:
        ValueError: there are no parameters, one isn't a leaf, or a setting is out of range.
    """

    parameters: Sequence[Value]
    learning_rate: float | Schedule = 0.01
    _: KW_ONLY
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        self.parameters = list(self.parameters)
        if not self.parameters:
            raise ValueError("an optimizer needs at least one parameter, got none")
        for parameter in self.parameters:
            if not parameter.is_leaf or parameter.is_constant:
                raise ValueError(f"{parameter!r} can't be trained: a parameter is a leaf, and no constant")
        for name in {"learning_rate", "weight_decay", "momentum"} & self.settings().keys():
            setting = getattr(self, name)
            require(callable(setting) or setting >= 0, f"{name} must be 0 or above", setting)
        self.steps: int = 0
        self.memory: dict[str, Sequence[float]] = {}

    def _remember(self, *names: str) -> None:
        """Begin with zeros what is kept of each parameter from step to step: a column for each name."""
        self.memory = {name: [0.0] * len(self.parameters) for name in names}

    @property
    def numbers(self) -> list[float]:
        """The parameters' numbers."""
        return [parameter.data for parameter in self.parameters]

    @numbers.setter
    def numbers(self, numbers: Sequence[float]) -> None:
        assign_numbers(self.parameters, numbers)

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return self.rate_at(self.steps)

    def rate_at(self, steps: int) -> float:
        """The learning rate after so many steps."""
        return plain(self.learning_rate(steps) if callable(self.learning_rate) else self.learning_rate)

    def rates(self, steps: int, count: int) -> float | list[float]:
        """The learning rate of the next steps; one number if it is the same for all."""
        return [self.rate_at(steps + k) for k in range(count)] if callable(self.learning_rate) else self.rate_at(steps)

    def step(self) -> None:
        """Move every parameter once, by its gradient."""
        rate, self.steps = self.rate, self.steps + 1
        rows = zip(self.parameters, *self.memory.values(), strict=True)
        moved = [self.update(each.data, each.grad, rate, float(self.steps), *memory) for each, *memory in rows]
        self.numbers, *columns = zip(*moved, strict=True)
        self.memory = dict(zip(self.memory, columns, strict=True))

    def update(self, number: Any, gradient: Any, rate: Any, steps: Any, *memory: Any) -> tuple[Any, ...]:
        """One parameter's step as a formula, of floats or of whatever reads the primitives' table.

        Args:
            number: the parameter.
            gradient: of the loss.
            rate: the learning rate of this step.
            steps: how many steps there are, this one included.
            memory: what the step before has left.

        Returns:
            The parameter after the step, and what is left for the next one.
        """
        raise NotImplementedError

    def zero_grad(self) -> None:
        """Forget the gradients of the parameters."""
        for parameter in self.parameters:
            parameter.zero_grad()

    def state_dict(self) -> dict[str, Any]:
        """What the next steps depend on beside the parameters: the count of steps, and running means."""
        return {"steps": self.steps, **{name: list(column) for name, column in self.memory.items()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave.

        Args:
            state: of an optimizer of the same kind, with as many parameters.

        Raises:
            ValueError: the state is that of another one.
        """
        count = len(self.parameters)
        if set(state) != {"steps", *self.memory} or any(len(state[name]) != count for name in self.memory):
            raise ValueError(f"the state is that of another optimizer than {self!r}")
        self.steps, self.memory = state["steps"], {name: list(state[name]) for name in self.memory}

    def settings(self) -> dict[str, Any]:
        """Its kind and the numbers it was made with; a schedule goes by its name."""
        given = {each.name: getattr(self, each.name) for each in fields(self)[1:]}
        if callable(self.learning_rate):
            given["learning_rate"] = getattr(self.learning_rate, "__qualname__", "schedule")
        return {"optimizer": type(self).__name__, **given}

    def stable_rate(self, curvature: Curvature) -> float:
        """The largest learning rate whose steps shrink where the loss is a parabola.

        Args:
            curvature: gives the largest eigenvalue of the Hessian, after
                dividing each parameter's gradient by a scale.
        """
        return 2.0 / curvature([1.0] * len(self.parameters))

    def __repr__(self) -> str:
        kind, *settings = self.settings().items()
        return f"{kind[1]}({', '.join(f'{name}={value!r}' for name, value in settings if value)})"

    def _apply_decay(self, number: Any, gradient: Any, rate: Any) -> tuple[Any, Any]:  # noqa: ARG002
        """Parameter and gradient with the weight decay in one of them."""
        return number, gradient + self.weight_decay * number if self.weight_decay else gradient


@dataclass(eq=False, repr=False)
class SGD(Optimizer):
    """Gradient descent, with momentum if wanted: v ← momentum·v + g, p ← p - rate·v; Nesterov's looks ahead.

    Args:
        parameters: the leaves to train.
        learning_rate: a number or a schedule.
        momentum: how much of the last step is kept, from 0.
        weight_decay: added to each gradient, times the parameter.
        nesterov: whether the gradient is taken as if the momentum had moved already (Sutskever and others 2013).

    Examples:
        >>> w = Value(1.0)
        >>> (w * w).backward()
        >>> SGD([w], 0.1).step()
        >>> w.data
        0.8
    """

    _: KW_ONLY
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.momentum > 0 or not self.nesterov, "momentum must be above 0 for nesterov", self.momentum)
        self._remember(*(["velocity"] if self.momentum else []))

    def stable_rate(self, curvature: Curvature) -> float:
        """2/λ for gradient descent; 2(1 + m)/λ with momentum m (Polyak 1964), 2(1 + m)/(λ(1 + 2m)) with Nesterov's."""
        looking_ahead = 1.0 + 2.0 * self.momentum if self.nesterov else 1.0
        return super().stable_rate(curvature) * (1.0 + self.momentum) / looking_ahead

    def update(self, number: Any, gradient: Any, rate: Any, steps: Any, *memory: Any) -> tuple[Any, ...]:  # noqa: ARG002
        """p - rate·v, and v."""
        number, gradient = self._apply_decay(number, gradient, rate)
        if not self.momentum:
            return (number - rate * gradient,)
        velocity = self.momentum * memory[0] + gradient
        return number - rate * (gradient + self.momentum * velocity if self.nesterov else velocity), velocity


@dataclass(eq=False, repr=False)
class RMSProp(Optimizer):
    """Steps divided by a running root mean square of the gradients; Tieleman and Hinton 2012.

    Args:
        parameters: the leaves to train.
        learning_rate: a number or a schedule.
        smoothing: how much of the running mean is kept.
        epsilon: added to the root, so that nothing is divided by 0.
        weight_decay: added to each gradient, times the parameter.
        momentum: how much of the last step is kept, from 0.

    Examples:
        >>> w = Value(1.0)
        >>> (w * w).backward()
        >>> RMSProp([w], 0.01).step()
        >>> round(w.data, 6)
        0.9
    """

    _: KW_ONLY
    smoothing: float = 0.99
    epsilon: float = 1e-8
    momentum: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(0 <= self.smoothing < 1, "smoothing must be at least 0 and below 1", self.smoothing)
        self._remember("squares", *(["velocity"] if self.momentum else []))

    def stable_rate(self, curvature: Curvature) -> float:
        """2(1 + m)/λ of the Hessian scaled by the running roots, with momentum m."""
        scales = [math.sqrt(each) + self.epsilon for each in self.memory["squares"]]
        return 2.0 * (1.0 + self.momentum) / curvature(scales)

    def update(self, number: Any, gradient: Any, rate: Any, steps: Any, *memory: Any) -> tuple[Any, ...]:  # noqa: ARG002
        """p - rate·g/√s, and s."""
        number, gradient = self._apply_decay(number, gradient, rate)
        squares = self.smoothing * memory[0] + (1.0 - self.smoothing) * gradient * gradient
        scaled = gradient / (ops.sqrt(squares) + self.epsilon)
        if not self.momentum:
            return number - rate * scaled, squares
        velocity = self.momentum * memory[1] + scaled
        return number - rate * velocity, squares, velocity


@dataclass(eq=False, repr=False)
class Adam(Optimizer):
    """Running means of gradient and square, corrected for their start at 0; Kingma and Ba 2014.

    Args:
        parameters: the leaves to train.
        learning_rate: a number or a schedule.
        betas: how much of the two running means is kept.
        epsilon: added to the root, so that nothing is divided by 0.
        weight_decay: added to each gradient, times the parameter.

    Examples:
        >>> w = Value(1.0)
        >>> (w * w).backward()
        >>> Adam([w], 0.1).step()
        >>> round(w.data, 6)
        0.9
    """

    learning_rate: float | Schedule = 0.001
    _: KW_ONLY
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        require(all(0 <= beta < 1 for beta in self.betas), "betas must be at least 0 and below 1", self.betas)
        self._remember("means", "squares")

    def stable_rate(self, curvature: Curvature) -> float:
        """(2 + 2β₁)/((1 - β₁)·λ) of the Hessian scaled by the running roots; Cohen and others 2022."""
        correction = math.sqrt(1.0 - self.betas[1] ** max(1, self.steps))
        scales = [math.sqrt(each) / correction + self.epsilon for each in self.memory["squares"]]
        return 2.0 * (1.0 + self.betas[0]) / (1.0 - self.betas[0]) / curvature(scales)

    def update(self, number: Any, gradient: Any, rate: Any, steps: Any, *memory: Any) -> tuple[Any, ...]:
        """p - rate·m/√s with the corrected means m of the gradient and s of its square."""
        number, gradient = self._apply_decay(number, gradient, rate)
        (mean, square), (first, second) = memory, self.betas
        mean = mean + (1.0 - first) * (gradient - mean)
        square = second * square + (1.0 - second) * gradient * gradient
        mean_correction, square_correction = 1.0 - ops.pow(first, steps), 1.0 - ops.pow(second, steps)
        root = ops.sqrt(square) / ops.sqrt(square_correction) + self.epsilon
        return number - rate / mean_correction * mean / root, mean, square


@dataclass(eq=False, repr=False)
class AdamW(Adam):
    """Adam whose weight decay acts on the parameter itself, beside the gradient; Loshchilov and Hutter 2017.

    Args:
        parameters: the leaves to train.
        learning_rate: a number or a schedule.
        betas: how much of the two running means is kept.
        epsilon: added to the root, so that nothing is divided by 0.
        weight_decay: the share of each parameter that a step takes, times the rate.

    Examples:
        >>> w = Value(1.0)
        >>> (w * w).backward()
        >>> AdamW([w], 0.1, weight_decay=0.1).step()
        >>> round(w.data, 6)
        0.89
    """

    _: KW_ONLY
    weight_decay: float = 0.01

    def _apply_decay(self, number: Any, gradient: Any, rate: Any) -> tuple[Any, Any]:
        return number * (1.0 - rate * self.weight_decay), gradient


OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"sgd": SGD, "rmsprop": RMSProp, "adam": Adam, "adamw": AdamW}


# ---------------------------------------------------------------- schedules and clipping
def step_decay(rate: float, every: int, factor: float = 0.1) -> Schedule:
    """The rate times `factor` once more after each `every` steps.

    Examples:
        >>> [step_decay(1.0, 2, 0.5)(step) for step in range(5)]
        [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    return lambda step: rate * factor ** (step // every)


def exponential_decay(rate: float, factor: float) -> Schedule:
    """The rate times `factor` once more after each step.

    Examples:
        >>> [exponential_decay(1.0, 0.5)(step) for step in range(3)]
        [1.0, 0.5, 0.25]
    """
    return lambda step: rate * factor**step


def cosine_decay(rate: float, steps: int, least: float = 0.0) -> Schedule:
    """From the rate down to `least` along half a cosine; Loshchilov and Hutter 2016.

    Examples:
        >>> [round(cosine_decay(1.0, 2)(step), 3) for step in range(3)]
        [1.0, 0.5, 0.0]
    """
    return lambda step: least + (rate - least) * (1 + math.cos(math.pi * min(step, steps) / steps)) / 2


def clip_gradients(parameters: Iterable[Value], largest_norm: float) -> float:
    """Scale all gradients together so that their norm is at most this; Pascanu and others 2013.

    Args:
        parameters: the leaves whose gradients are scaled.
        largest_norm: of all gradients as one vector; above 0.

    Returns:
        The norm before.

    Raises:
        ValueError: the norm isn't above 0.

    Examples:
        >>> w = Value(3.0)
        >>> (w * w).backward()
        >>> clip_gradients([w], 1.0), round(w.grad, 5)
        (6.0, 1.0)
    """
    require(largest_norm > 0, "largest_norm must be above 0", largest_norm)
    trained = list(parameters)
    norm = math.hypot(*(parameter.grad for parameter in trained))
    factor = min(1.0, largest_norm / (norm + 1e-6))
    for parameter in trained:
        parameter.grad *= factor
    return norm
