"""A few of many, drawn by a seed and by class: what stands for a whole is never its beginning."""

from collections.abc import Hashable, Sequence

import numpy as np


def drawn_by_class(classes: Sequence[Hashable], count: int, seed: int) -> list[int]:
    """Indices of `count` items, as evenly from all classes as there are items, and so is every beginning of them.

    Args:
        classes: the class of every item.
        count: how many; all, if there are fewer.
        seed: of the draw.
    """
    rng = np.random.default_rng(seed)
    turns: dict[Hashable, int] = {}
    order = []
    for index in rng.permutation(len(classes)).tolist():
        turn = turns[classes[index]] = turns.get(classes[index], -1) + 1
        order.append((turn, index))
    # The first of every class come before the second of any; within a turn the order is the drawn one.
    order.sort(key=lambda item: item[0])
    return [index for _, index in order[:count]]
