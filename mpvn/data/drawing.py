"""Draws representative items by seed and class."""

from collections.abc import Hashable, Sequence

import numpy as np


def drawn_by_class(classes: Sequence[Hashable], count: int, seed: int) -> list[int]:
    """Indices of `count` items, spread evenly over classes if possible; the same holds for every prefix.

    Args:
        classes: the class of every item.
        count: number of items; all, if there are fewer.
        seed: seed of the draw.
    """
    rng = np.random.default_rng(seed)
    turns: dict[Hashable, int] = {}
    order = []
    for index in rng.permutation(len(classes)).tolist():
        turn = turns[classes[index]] = turns.get(classes[index], -1) + 1
        order.append((turn, index))
    # The first item of every class precedes the second of any class; otherwise the order is random.
    order.sort(key=lambda item: item[0])
    return [index for _, index in order[:count]]
