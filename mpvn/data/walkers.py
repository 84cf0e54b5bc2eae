"""`walkers`: clips of an articulated figure that performs an action, made on the spot.

There is nothing to download: a clip is drawn from its seed. Half of the classes (`MOTION_CLASSES`) come in pairs that
only motion tells apart; of the others (`APPEARANCE_CLASSES`) a single frame shows which one it is.
"""

import contextlib
import dataclasses
import io
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from mpvn.data.actions import ACTIONS, APPEARANCE_CLASSES, MOTION_CLASSES, MOTION_PAIRS
from mpvn.data.scene import FPS, check_options, generate_clip
from mpvn.data.skeleton import JOINT_EDGES, JOINTS
from mpvn.errors import InputError

__all__ = [
    "ACTIONS",
    "APPEARANCE_CLASSES",
    "FPS",
    "JOINTS",
    "JOINT_EDGES",
    "MOTION_CLASSES",
    "MOTION_PAIRS",
    "SPLITS",
    "Walkers",
    "WalkersConfig",
    "generate_clip",
    "load",
]

SPLITS = ("train", "validation", "test")


@dataclasses.dataclass(eq=False, kw_only=True)
class WalkersConfig(tfds.core.BuilderConfig):
    """What `walkers` is built with.

    Args:
        num_frames: length of the clips.
        size: pixels per side of a frame.
        num_train, num_validation, num_test: number of clips per split; a split of 0 clips does not exist.

    Raises:
        InputError: an option is not usable, or there are no clips at all.
    """

    num_frames: int = 32
    size: int = 64
    num_train: int = 1200
    num_validation: int = 240
    num_test: int = 240
    # Made of all options, because it is the name of the folder.
    name: str = dataclasses.field(init=False)

    def __post_init__(self):
        check_options(
            num_frames=self.num_frames, size=self.size, **{f"num_{split}": n for split, n in self.clips.items()}
        )
        if not any(self.clips.values()):
            raise InputError("walkers: there are no clips in any split: set one of num_train, num_validation, num_test")
        clips = "-".join(f"{split}{num}" for split, num in self.clips.items())
        self.name = f"{self.num_frames}frames-{self.size}px-{clips}"

    @property
    def clips(self) -> dict[str, int]:
        """Number of clips of each split."""
        return {split: getattr(self, f"num_{split}") for split in SPLITS}


class Walkers(tfds.core.GeneratorBasedBuilder):
    """Builds `walkers` on disk; a clip has the features that `generate_clip` gives. Classes are balanced."""

    # To be raised whenever the same seed gives other clips, because a folder that exists is read as it is.
    VERSION = tfds.core.Version("1.0.0")
    # Nothing is downloaded. TFDS would look for checksums of downloads next to this file, and TFDS 4.9.10 can only do
    # so where importlib_resources is installed, which it does not install itself.
    url_infos = None

    def __init__(self, *, config: WalkersConfig | None = None, **options):
        super().__init__(config=WalkersConfig() if config is None else config, **options)

    def _info(self) -> tfds.core.DatasetInfo:
        num_frames, size = self.builder_config.num_frames, self.builder_config.size
        # As bytes, because the default writes every number of a tensor as a varint of its own.
        raw = tfds.features.Encoding.BYTES
        features = {
            "video": tfds.features.Tensor(shape=(num_frames, size, size, 3), dtype=np.uint8, encoding=raw),
            "label": tfds.features.ClassLabel(names=ACTIONS),
            "joints": tfds.features.Tensor(shape=(num_frames, len(JOINTS), 2), dtype=np.float32, encoding=raw),
            "visible": tfds.features.Tensor(shape=(num_frames, len(JOINTS)), dtype=np.bool_, encoding=raw),
        }
        return tfds.core.DatasetInfo(builder=self, description=__doc__, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager):
        return {split: self._generate_examples(split) for split, num in self.builder_config.clips.items() if num}

    def _generate_examples(self, split: str):
        config = self.builder_config
        for index in range(config.clips[split]):
            action = ACTIONS[index % len(ACTIONS)]
            yield index, generate_clip((SPLITS.index(split), index), config.num_frames, config.size, action)


def load(split: str, *, data_dir: str | None = None, shuffle_files: bool = False, **options: int) -> tf.data.Dataset:
    """Builds `walkers` if it is not in `data_dir` yet, and opens one split of it.

    Args:
        split: "train", "validation" or "test", or a slice or sum such as "train[:10%]+test".
        data_dir: folder of TFDS data; TFDS's own default if None.
        shuffle_files: whether the order of the files differs from call to call.
        **options: those of `WalkersConfig`.

    Returns:
        A dataset of dicts with the features of `generate_clip`.

    Raises:
        InputError: an option is not usable, or the split is not known or has no clips.
    """
    config = WalkersConfig(**options)
    for name in (part.split("[")[0].strip() for part in split.split("+")):
        if name not in SPLITS:
            raise InputError(f"walkers: split {name!r} is not known: expected one of {', '.join(SPLITS)}; change split")
        if not config.clips[name]:
            raise InputError(f"walkers: split {name!r} has no clips: expected num_{name} of at least 1; change it")
    tfds.disable_progress_bar()
    builder = Walkers(data_dir=data_dir, config=config)
    if not Path(builder.data_path).exists():
        print(f"making {sum(config.clips.values())} clips of walkers in {builder.data_path}")
    with contextlib.redirect_stdout(io.StringIO()):  # TFDS speaks of a download, and there is none
        builder.download_and_prepare(download_config=tfds.download.DownloadConfig(try_download_gcs=False))
    return builder.as_dataset(split=split, shuffle_files=shuffle_files)
