"""Holds out a share of the videos, by class and by a seed, so that no recording is on both sides."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mpvn.data.files.examples import Example
from mpvn.data.files.fingerprints import same_files
from mpvn.data.files.recordings import recording


def hold_out(examples: Sequence[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Returns (kept, held out): of each class about `share` of its videos are held out, at least one, not all.

    Copies of a file and clips of one recording (see `recording`) stay together. A class of a single recording is kept.

    Args:
        examples: the videos; the draw depends on their names, not on their order.
        share: in (0, 1).
        seed: of the draw.
    """
    groups = _groups(examples)
    sizes: dict[str, Counter[int]] = {}  # of a group in each class
    for group, example in zip(groups, examples, strict=True):
        sizes.setdefault(group, Counter())[example.label] += 1
    drawn = np.random.default_rng(seed).permutation(len(sizes)).tolist()
    place = dict(zip(sorted(sizes), drawn, strict=True))
    of_class: dict[int, list[str]] = {}
    for group in sorted(sizes, key=place.__getitem__):
        for label in sizes[group]:
            of_class.setdefault(label, []).append(group)
    left = Counter(example.label for example in examples)
    held: set[str] = set()
    for label in sorted(of_class):
        wanted = max(1, round(share * sum(sizes[group][label] for group in of_class[label])))
        lacking = wanted - sum(sizes[group][label] for group in of_class[label] if group in held)
        for group in of_class[label]:
            if lacking <= 0:
                break
            near = sizes[group][label] < 2 * lacking  # nearer to the share with the group than without
            leaves_some = all(left[other] > count for other, count in sizes[group].items())
            if group not in held and leaves_some and (near or lacking == wanted):
                held.add(group)
                left -= sizes[group]
                lacking -= sizes[group][label]
    sides: tuple[list[Example], list[Example]] = ([], [])
    for group, example in zip(groups, examples, strict=True):
        sides[group in held].append(example)
    return sides


def _groups(examples: Sequence[Example]) -> list[str]:
    """A name for each example, equal for examples that belong together."""
    same = same_files(example.path for example in examples)
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for example in examples:
        mine, other = root(recording(example.path)), root(recording(same[example.path]))
        parent[max(mine, other)] = min(mine, other)
    return [root(recording(example.path)) for example in examples]
