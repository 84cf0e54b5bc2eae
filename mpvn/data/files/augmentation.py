"""Augmentation of training clips and their labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import tensorflow as tf

from mpvn.data.files.augment import augment_clip, is_mirrored
from mpvn.errors import InputError
from mpvn.ranges import Positive, SmallerFirst, Within

# Types of settings. Crops are at least a hundredth of a frame: our choice.
_AreaShare: TypeAlias = Annotated[float, Within(0.01, 1)]
CropArea: TypeAlias = Annotated[tuple[_AreaShare, _AreaShare], SmallerFirst()]
CropAspect: TypeAlias = Annotated[tuple[Positive, Positive], SmallerFirst()]
Hue: TypeAlias = Annotated[float, Within(0, 0.5)]


@dataclass(frozen=True)
class Augmentation:
    """One draw per clip, a function of the clip's seed alone.

    Attributes:
        flip, brightness, contrast, saturation, hue: see `mpvn.data.files.augment.augment_clip`.
        mirror_images: label of the mirror image of every label; empty if classes do not change when mirrored.
    """

    flip: bool = True
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    mirror_images: Sequence[int] = ()

    def __call__(self, video: tf.Tensor, label: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The clip, float32 [time, height, width, 3] in [0, 1], and its label, int64 [], for a seed, int [2]."""
        if self.flip and self.mirror_images:
            mirror_image = tf.gather(tf.constant(self.mirror_images, label.dtype), label)
            label = tf.where(is_mirrored(seed), mirror_image, label)
        colours = {"brightness": self.brightness, "contrast": self.contrast, "saturation": self.saturation}
        return augment_clip(video, seed, None, self.flip, **colours, hue=self.hue), label


def mirror_images(class_names: Sequence[str], pairs: Mapping[str, str], flip: bool) -> list[int]:
    """The label of the mirror image of every label; empty without pairs.

    Args:
        class_names: in the order of their labels.
        pairs: {class: class of its mirror image}; each pair works both ways.
        flip: whether clips are mirrored at all.

    Raises:
        InputError: a class is unknown or has two mirror images, or clips are not mirrored.
    """
    if not pairs:
        return []
    if not flip:
        raise InputError("flip_classes is set, but without flip no clip is mirrored: set flip=True, or leave it out")
    image_of: dict[str, str] = {}
    for one, other in [*pairs.items(), *((other, one) for one, other in pairs.items())]:
        if one not in class_names:
            raise InputError(f"flip_classes: {one!r} is not a class of this data: expected {_some(class_names)}")
        if image_of.setdefault(one, other) != other:
            raise InputError(
                f"flip_classes: {one!r} has two mirror images, {image_of[one]!r} and {other!r}: leave one out"
            )
    return [list(class_names).index(image_of.get(name, name)) for name in class_names]


def _some(names: Sequence[str], count: int = 5) -> str:
    """The first few names, as a user would write them."""
    listed = ", ".join(map(repr, names[:count]))
    return f"one of {listed}{', ...' if len(names) > count else ''}" if names else "none, for it has no classes"
