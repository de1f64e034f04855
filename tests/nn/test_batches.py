"""Which samples are in which step."""

from __future__ import annotations

import pytest

from tinygrad_neuron.nn.batches import Batches


def epochs(order, count=10, size=4, seed=0, many=3):
    batches = Batches(count, size, order, seed)
    return [[list(next(batches)) for _ in range(batches.per_epoch)] for _ in range(many)]


def test_given_means_as_they_are():
    assert epochs("given") == [[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]] * 3


def test_shuffled_means_every_sample_once_an_epoch_in_another_order_each_time():
    found = [sum(epoch, []) for epoch in epochs("shuffled")]  # noqa: RUF017 (they are three)
    assert [sorted(each) for each in found] == [list(range(10))] * 3
    assert len({*map(tuple, found), tuple(range(10))}) == 4
    assert epochs("shuffled") == epochs("shuffled")
    assert epochs("shuffled", seed=1) != epochs("shuffled")


def test_drawn_means_with_replacement():
    found = epochs("drawn", many=20)
    assert {len(batch) for epoch in found for batch in epoch} == {4}
    assert any(len({*batch}) < 4 for epoch in found for batch in epoch)
    assert {place for epoch in found for batch in epoch for place in batch} == set(range(10))


@pytest.mark.parametrize(("size", "per_epoch"), [(None, 1), (10, 1), (99, 1), (5, 2), (4, 3), (1, 10)])
def test_how_many_steps_an_epoch_has(size, per_epoch):
    batches = Batches(10, size, "given", 0)
    assert batches.per_epoch == per_epoch
    assert [place for _ in range(per_epoch) for place in next(batches)] == list(range(10))
    assert len(batches.take(3)) == (1 if per_epoch == 1 else 3)


@pytest.mark.parametrize("order", ["shuffled", "given", "drawn"])
@pytest.mark.parametrize("steps", [0, 1, 2, 3, 4, 7])
def test_going_on_from_a_state_gives_the_same_batches(order, steps):
    batches, again = Batches(10, 4, order, 0), Batches(10, 4, order, 5)
    for _ in range(steps):
        next(batches)
    again.load_state_dict(batches.state_dict())
    assert [list(next(again)) for _ in range(7)] == [list(next(batches)) for _ in range(7)]
