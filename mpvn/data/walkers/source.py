"""The synthetic `walkers` as a source of clips."""

from typing import Any, Literal

import tensorflow as tf

from mpvn.checked import checked
from mpvn.data.options import FPS, DataDir, Size
from mpvn.data.synthetic import SPLITS
from mpvn.data.video_data import VideoData, shuffled
from mpvn.data.walkers.actions import ACTIONS, APPEARANCE_CLASSES, MOTION_CLASSES
from mpvn.data.walkers.builder import load
from mpvn.errors import InputError
from mpvn.layers.viewing import Viewing
from mpvn.ranges import Count, CountOrZero, Share


@checked
def walkers(
    num_frames: Count = 32,
    size: Size = 64,
    num_train: CountOrZero = 1200,
    num_validation: CountOrZero = 240,
    num_test: CountOrZero = 240,
    classes: Literal["all", "appearance", "motion"] = "all",
    stride: Count = 1,
    longest_stride: Count | None = None,
    fps: Count = FPS,
    scene: Share = 0.0,
    data_dir: DataDir | None = None,
) -> VideoData:
    """The synthetic `walkers`, built in `data_dir` on first use; see `mpvn.data.walkers.builder`.

    Args:
        num_frames: number of frames of a clip.
        size: height and width of a frame, in pixels.
        num_train, num_validation, num_test: number of clips per split, of all classes.
        classes: `"all"`, `"appearance"` (recognisable from a single frame) or `"motion"` (pairs that only differ in
            motion); only clips of these classes are used.
        stride: distance between two frames of a clip.
        longest_stride: clips are long enough for this stride, so that several strides share them; by default `stride`.
        fps: frames per second, before `stride`; the speed of figures does not depend on it.
        scene: share of clips whose backdrop has the colours of their class; other clips have the colours of a random
            class, which misleads. 0: colours are uninformative.
        data_dir: folder of TFDS data; by default that of TFDS.
    """
    longest_stride = longest_stride or stride
    if not 1 <= stride <= longest_stride:
        raise InputError(f"stride={stride}: expected a whole number from 1 to longest_stride, {longest_stride}")
    options: dict[str, Any] = dict(
        num_frames=(num_frames - 1) * longest_stride + 1,
        size=size,
        fps=fps,
        scene=scene,
        num_train=num_train,
        num_validation=num_validation,
        num_test=num_test,
    )
    all_names = ACTIONS
    groups = {"appearance": APPEARANCE_CLASSES, "motion": MOTION_CLASSES}
    names = all_names if classes == "all" else groups[classes]
    label_of = tf.constant([names.index(name) if name in names else -1 for name in all_names], tf.int64)
    # Label i of the clip with index i modulo the number of classes: every split is balanced.
    num_clips = {
        split: sum(all_names[i % len(all_names)] in names for i in range(options[f"num_{split}"])) for split in SPLITS
    }

    def chosen(example: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        visible = tf.cast(example["visible"], tf.float32)
        joints = tf.concat([example["joints"], visible[..., tf.newaxis]], -1)
        return {
            "video": example["video"][::stride][:num_frames],
            "joints": joints[::stride][:num_frames],
            "label": tf.gather(label_of, example["label"]),
        }

    def clips(split: str, training: bool, seed: int, skip: int) -> tf.data.Dataset:
        examples = load(split, data_dir=data_dir, **options).map(chosen)
        examples = examples.filter(lambda example: example["label"] >= 0)
        examples = examples.apply(tf.data.experimental.assert_cardinality(num_clips[split]))
        if not training:
            return examples
        return shuffled(examples, num_clips[split], num_frames * size * size * 3, seed, skip)

    members = {name: [names.index(c) for c in group if c in names] for name, group in groups.items()}
    members = {name: labels for name, labels in members.items() if labels}
    viewing = Viewing(size, size, fps, stride)
    return VideoData(
        names, (size, size, 3), num_frames, num_clips, clips, members, ("label", "joints"), viewing=viewing
    )
