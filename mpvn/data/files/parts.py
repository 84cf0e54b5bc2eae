"""The parts of a data set of files: for training, for validation and for testing."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from mpvn.data.files.examples import Example
from mpvn.data.files.fingerprints import same_files
from mpvn.data.files.recordings import recording
from mpvn.data.files.remembered import Draw
from mpvn.errors import InputError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """The parts and their videos.

    Attributes:
        class_names: the classes in the order of their labels.
        examples: {part: its videos} for the existing parts among "train", "validation" and "test".
        missing: {part: names of videos in its list, but not on the disk}.
        root: common folder of the paths, if any.
        draws: {part that was drawn from the training videos: how}.
        may_share: whether the user allows a video to be in two parts.
    """

    class_names: Sequence[str]
    examples: Mapping[str, Sequence[Example]]
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    root: str = ""
    draws: Mapping[str, Draw] = field(default_factory=dict)
    may_share: bool = False

    def pairs(self) -> Iterator[tuple[str, str]]:
        """All pairs of parts, the training part first."""
        return combinations(self.examples, 2)


def check_classes(parts: Parts) -> None:
    """Checks that every class has videos in every given part.

    Raises:
        InputError: a class has not; the message names it.
    """
    found = {
        part: {example.label for example in examples}
        for part, examples in parts.examples.items()
        if part not in parts.draws
    }
    for label, name in enumerate(parts.class_names):
        having = [part for part, labels in found.items() if label in labels]
        lacking = [part for part in found if part not in having]
        if not lacking:
            continue
        if not having:
            raise InputError(
                f"class {name!r} has no video in {' or '.join(lacking)}: remove it from the lists, or add some"
            )
        raise InputError(
            f"class {name!r} has videos in {' and '.join(having)}, but none in {' and '.join(lacking)}: "
            f"expected the same classes; add videos or remove the class"
        )


def say_shared_recordings(parts: Parts) -> None:
    """Logs one line for every pair of parts with clips of the same recordings."""
    found = {part: {recording(e.path): e.path for e in examples} for part, examples in parts.examples.items()}
    for one, other in parts.pairs():
        if shared := sorted(found[one].keys() & found[other].keys()):
            log.warning(
                "%d recordings have clips in %s and in %s, first %s and %s: results will be too optimistic",
                len(shared),
                one,
                other,
                found[one][shared[0]],
                found[other][shared[0]],
            )


def check_apart(parts: Parts) -> None:
    """Checks that no video is in two parts, neither by links nor as a copy.

    Raises:
        InputError: a video is in two parts; the message names it.
    """
    same = same_files(*([example.path for example in examples] for examples in parts.examples.values()))
    for one, other in parts.pairs():
        there = {same[example.path]: example.path for example in parts.examples[one]}
        shared = [(there[same[e.path]], e.path) for e in parts.examples[other] if same[e.path] in there]
        if shared:
            first, second = shared[0]
            named = f"{first} is" if first == second else f"{first} and {second} are the same video,"
            raise InputError(
                f"{named} in {one} and in {other} ({len(shared)} of {len(parts.examples[other])} there): expected no "
                "video in two parts; remove it from one, or set allow_shared_videos=True"
            )
