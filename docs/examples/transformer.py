"""A tiny transformer on scalar Values: it learns a nursery rhyme character by character, each step another graph.

Run it: `python docs/examples/transformer.py`
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence

from tinygrad_neuron import Value, no_grad
from tinygrad_neuron.nn import Adam, Module, cross_entropy
from tinygrad_neuron.ops import dot, mean, relu, softmax, sqrt, squared

TEXT = """\
twinkle twinkle little star
how i wonder what you are
up above the world so high
like a diamond in the sky
"""
LETTERS = sorted(set(TEXT))
WIDTH, HEADS, CONTEXT = 12, 2, 8
Vector = list[Value]
Matrix = list[Vector]


def matrix(rows: int, columns: int, chance: random.Random) -> Matrix:
    """Parameters, drawn so that a row times a vector of ones has deviation 1/2."""
    spread = 0.5 / math.sqrt(columns)
    return [[Value(chance.gauss(0.0, spread), parameter=True) for _ in range(columns)] for _ in range(rows)]


def times(weights: Matrix, vector: Sequence[Value]) -> Vector:
    """A matrix times a vector: a node for each row."""
    return [dot(row, vector) for row in weights]


def added(left: Vector, right: Vector) -> Vector:
    """Two vectors added."""
    return [a + b for a, b in zip(left, right, strict=True)]


def normalize(vector: Vector) -> Vector:
    """A vector scaled to a root mean square of 1."""
    scale = sqrt(mean([squared(x) for x in vector]) + 1e-5)
    return [x / scale for x in vector]


class Transformer(Module):
    """One block: attention over the characters before, then two layers, each added to what came in.

    Args:
        seed: of the parameters.
    """

    def __init__(self, seed: int = 0) -> None:
        chance = random.Random(seed)
        self.letters, self.places = (matrix(count, WIDTH, chance) for count in (len(LETTERS), CONTEXT))
        self.queries, self.keys, self.values, self.mixing = (matrix(WIDTH, WIDTH, chance) for _ in range(4))
        self.wide, self.narrow = matrix(2 * WIDTH, WIDTH, chance), matrix(WIDTH, 2 * WIDTH, chance)
        self.output = matrix(len(LETTERS), WIDTH, chance)

    def __call__(self, text: Sequence[int]) -> list[Vector]:
        """For each character the scores of what comes after it."""
        stream = [added(self.letters[letter], self.places[k]) for k, letter in enumerate(text)]
        attended = self.attention([normalize(vector) for vector in stream])
        stream = [added(vector, more) for vector, more in zip(stream, attended, strict=True)]
        scores = []
        for vector in stream:
            hidden = [relu(x) for x in times(self.wide, normalize(vector))]
            scores.append(times(self.output, normalize(added(vector, times(self.narrow, hidden)))))
        return scores

    def attention(self, stream: Matrix) -> Matrix:
        """Each character's mixture of those before it, head by head."""
        queries, keys, values = (
            [times(weights, vector) for vector in stream] for weights in (self.queries, self.keys, self.values)
        )
        size = WIDTH // HEADS
        found = []
        for k, query in enumerate(queries):
            mixture: Vector = []
            for start in range(0, WIDTH, size):
                part = slice(start, start + size)
                shares = softmax([dot(query[part], key[part]) / math.sqrt(size) for key in keys[: k + 1]])
                mixture += [dot(shares, [value[i] for value in values[: k + 1]]) for i in range(WIDTH)[part]]
            found.append(times(self.mixing, mixture))
        return found


def train(model: Transformer, steps: int, seed: int = 0) -> list[float]:
    """Learn pieces of the text; the loss of each step."""
    chance, optimizer, losses = random.Random(seed), Adam(model.parameters(), 0.005), []
    numbers = [LETTERS.index(letter) for letter in TEXT]
    for _ in range(steps):
        length = chance.randint(2, CONTEXT)  # each step another graph
        start = chance.randrange(len(TEXT) - length)
        piece = numbers[start : start + length + 1]
        loss = cross_entropy(model(piece[:-1]), piece[1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    return losses


def continued(model: Transformer, text: str, count: int) -> str:
    """The text with the most likely characters after it."""
    with no_grad():
        for _ in range(count):
            scores = model([LETTERS.index(letter) for letter in text[-CONTEXT:]])[-1]
            text += LETTERS[max(range(len(LETTERS)), key=lambda k: scores[k].data)]
    return text


def main() -> None:
    """Train, and let it go on from the first word."""
    model = Transformer()
    began = time.perf_counter()
    losses = train(model, 1000)
    seconds = time.perf_counter() - began
    print(f"{len(model.parameters()):,} parameters, {1000 * seconds / len(losses):.1f} ms a step")
    print(f"loss {sum(losses[:20]) / 20:.3f} → {sum(losses[-20:]) / 20:.3f}")
    print(continued(model, "twinkle", 40))


if __name__ == "__main__":
    main()
