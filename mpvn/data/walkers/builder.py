"""`walkers`: synthetic clips of an articulated figure that performs an action.

There is nothing to download: a clip is drawn from its seed. Half of the classes (`MOTION_CLASSES`) come in pairs that
only differ in motion; the others (`APPEARANCE_CLASSES`) can be recognised from a single frame.
"""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from mpvn.data import synthetic
from mpvn.data.synthetic import SPLITS, SyntheticConfig
from mpvn.data.walkers.actions import ACTIONS, APPEARANCE_CLASSES, MOTION_CLASSES, MOTION_PAIRS
from mpvn.data.walkers.scene import generate_clip
from mpvn.data.walkers.skeleton import JOINT_EDGES, JOINTS
from mpvn.errors import InputError

__all__ = [
    "ACTIONS",
    "APPEARANCE_CLASSES",
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


@dataclasses.dataclass(eq=False, kw_only=True)
class WalkersConfig(SyntheticConfig):
    """The configuration of `walkers`.

    Args:
        scene: share of clips whose backdrop matches the action; see `generate_clip`.

    Raises:
        InputError: an option is invalid, or there are no clips at all.
    """

    scene: float = 0.0

    def __post_init__(self) -> None:
        self.check("walkers")
        if not 0 <= self.scene <= 1:
            raise InputError(f"walkers: scene={self.scene!r}: expected a share from 0 to 1; change scene")
        super().__post_init__()
        if self.scene:
            self.name += f"-scene{self.scene:g}"


class Walkers(tfds.core.GeneratorBasedBuilder):
    """Builds `walkers` on disk; a clip has the features of `generate_clip`. Classes are balanced."""

    # To be increased whenever the same seed gives other clips, because a folder that exists is read as it is.
    VERSION = tfds.core.Version("1.0.0")
    # Nothing is downloaded. TFDS would look for checksums of downloads next to this file, and TFDS 4.9.10 can only do
    # so where importlib_resources is installed, which it does not install itself.
    url_infos = None

    def __init__(self, *, config: WalkersConfig | None = None, **options) -> None:
        super().__init__(config=WalkersConfig() if config is None else config, **options)

    def _info(self) -> tfds.core.DatasetInfo:
        num_frames, size = self.builder_config.num_frames, self.builder_config.size
        # As bytes, because the default writes every number of a tensor as a separate varint.
        raw = tfds.features.Encoding.BYTES
        features = {
            "video": tfds.features.Tensor(shape=(num_frames, size, size, 3), dtype=np.uint8, encoding=raw),
            "label": tfds.features.ClassLabel(names=ACTIONS),
            "joints": tfds.features.Tensor(shape=(num_frames, len(JOINTS), 2), dtype=np.float32, encoding=raw),
            "visible": tfds.features.Tensor(shape=(num_frames, len(JOINTS)), dtype=np.bool_, encoding=raw),
        }
        return tfds.core.DatasetInfo(builder=self, description=__doc__, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        return {split: self._generate_examples(split) for split, num in self.builder_config.clips.items() if num}

    def _generate_examples(self, split: str):
        config = self.builder_config
        for index, seed in synthetic.seeds(config, split):
            action = ACTIONS[index % len(ACTIONS)]
            yield index, generate_clip(seed, config.num_frames, config.size, action, config.fps, config.scene)


def load(split: str, *, data_dir: str | None = None, shuffle_files: bool = False, **options: Any) -> tf.data.Dataset:
    """A split of `walkers` as dicts with the features of `generate_clip`; see `synthetic.load` and `WalkersConfig`."""
    return synthetic.load(Walkers, WalkersConfig(**options), split, data_dir, shuffle_files)
