"""Makes the parts of a data set for training and testing."""

import logging
from collections.abc import Mapping, Sequence

from mpvn.data.files.examples import Example
from mpvn.data.files.holding_out import hold_out
from mpvn.data.files.layouts.place import Layout, Place
from mpvn.data.files.parts import Parts, check_apart, check_classes, say_shared_recordings
from mpvn.data.files.remembered import Draw, name_of, remembered_of
from mpvn.errors import InputError

log = logging.getLogger(__name__)


def parts_of(
    layout: Layout, place: Place, shares: Mapping[str, float], seed: int, allow_shared_videos: bool = False
) -> Parts:
    """Reads a data set, holds out missing parts, and checks that the parts are consistent.

    Args:
        layout: layout of the data set.
        place: its location.
        shares: {part: share of the training videos to hold out if the part is not given}; 0 holds out none.
        seed: seed of the draw.
        allow_shared_videos: whether a video may be in two parts.

    Raises:
        InputError: a list is wrong, a class is in one part and not in another, or a video is in two parts.
    """
    listings = layout.read(place)
    names = _common_names({part: listing.class_names for part, listing in listings.items()})
    examples: dict[str, list[Example]] = {}
    for part, listing in listings.items():
        labels = [names.index(name) for name in listing.class_names]
        examples[part] = [example._replace(label=labels[example.label]) for example in listing.examples]
    given = Parts(names, examples, {part: listing.missing for part, listing in listings.items()}, place.root)
    if not layout.fixed_classes:
        check_classes(given)
    draws = {}
    for part, share in shares.items():
        if share and part not in examples and "train" in examples:
            draws[part] = Draw(share, seed)
            examples["train"], examples[part] = _held_out(examples["train"], part, draws[part], given)
    examples = {part: videos for part, videos in examples.items() if videos}
    parts = Parts(names, examples, given.missing, given.root, draws, allow_shared_videos)
    if not allow_shared_videos:
        check_apart(parts)
        say_shared_recordings(parts)
    return parts


def _common_names(of_parts: Mapping[str, Sequence[str]]) -> list[str]:
    """The classes of all parts: in the given order if all agree, otherwise sorted by name."""
    first, *others = of_parts.values()
    if all(list(names) == list(first) for names in others):
        return list(first)
    return sorted({name for names in of_parts.values() for name in names})


def _held_out(examples: Sequence[Example], part: str, draw: Draw, given: Parts) -> tuple[list[Example], list[Example]]:
    """(for training, for the part): as remembered by the run that is read back, otherwise drawn."""
    before = remembered_of(part, draw)
    if before is None:
        kept, held = hold_out(examples, draw.share, draw.seed)
        _check_drawn(held, part, given.class_names)
        return kept, held
    names = [name_of(example.path, given.root) for example in examples]
    if new := sum(name not in before for name in names):
        log.warning("%s: %d videos did not exist when the run began, and are left out", given.root, new)
    kept = [example for example, name in zip(examples, names, strict=True) if before.get(name, part) != part]
    return kept, [example for example, name in zip(examples, names, strict=True) if before.get(name) == part]


def _check_drawn(held: Sequence[Example], part: str, class_names: Sequence[str]) -> None:
    """Raises InputError if a class has no videos for a part; if no class has any, logs that the part is left out."""
    lacking = sorted(set(range(len(class_names))) - {example.label for example in held})
    if not held:
        log.warning("every class has a single recording: all are used for training, and none is left for %s", part)
    elif lacking:
        raise InputError(
            f"class {class_names[lacking[0]]!r} has a single recording, so nothing can be held out for {part}: "
            f"add other recordings, remove the class, or set {part}_share=0"
        )
