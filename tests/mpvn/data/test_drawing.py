"""A few of many, by class."""

from collections import Counter

import pytest

from mpvn.data.drawing import drawn_by_class


@pytest.mark.parametrize("count", [0, 1, 6, 12, 13, 24, 99])
def test_every_class_has_its_share(count):
    classes = [index // 4 for index in range(24)]  # sorted by class, as published lists are
    chosen = drawn_by_class(classes, count, seed=3)
    assert len(set(chosen)) == len(chosen) == min(count, 24)
    assert len({classes[index] for index in chosen[:6]}) == min(count, 6)
    counts = Counter(classes[index] for index in chosen)
    assert all(count // 6 <= counts[label] <= -(-count // 6) or counts[label] == 4 for label in range(6))


def test_small_classes_give_all_they_have():
    classes = ["a"] * 10 + ["b"]
    chosen = drawn_by_class(classes, 4, seed=0)
    assert Counter(classes[index] for index in chosen) == {"a": 3, "b": 1}


def test_the_seed_decides():
    classes = [0] * 20
    draws = {tuple(drawn_by_class(classes, 5, seed)) for seed in range(20)}
    assert len(draws) > 15 and drawn_by_class(classes, 5, 1) == drawn_by_class(classes, 5, 1)
    assert len({index for draw in draws for index in draw}) == 20
