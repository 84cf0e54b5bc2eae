"""`moving_objects`: synthetic clips of solids that move on a table, like those of CATER.

There is nothing to download: a clip is drawn from its seed. The Sideways paper auto-encodes CATER (Girdhar and Ramanan
2020); these clips have its shapes and movements, except for containment, but none of its files.
"""

import dataclasses

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from mpvn.data import synthetic
from mpvn.data.moving_objects.tabletop import check_objects, generate_clip
from mpvn.data.synthetic import SyntheticConfig


@dataclasses.dataclass(eq=False, kw_only=True)
class MovingObjectsConfig(SyntheticConfig):
    """The configuration of `moving_objects`.

    Args:
        least_objects, most_objects: smallest and largest number of solids in a clip.

    Raises:
        InputError: an option is invalid, or there are no clips at all.
    """

    num_frames: int = 64
    least_objects: int = 3
    most_objects: int = 6

    def __post_init__(self) -> None:
        self.check("moving_objects")
        check_objects(self.least_objects, self.most_objects)
        super().__post_init__()
        self.name += f"-{self.least_objects}to{self.most_objects}objects"


class MovingObjects(tfds.core.GeneratorBasedBuilder):
    """Builds `moving_objects` on disk: `video`, uint8 [frames, size, size, 3]."""

    # To be increased whenever the same seed gives other clips, because a folder that exists is read as it is.
    VERSION = tfds.core.Version("1.0.0")
    # See `Walkers`.
    url_infos = None

    def __init__(self, *, config: MovingObjectsConfig | None = None, **options) -> None:
        super().__init__(config=MovingObjectsConfig() if config is None else config, **options)

    def _info(self) -> tfds.core.DatasetInfo:
        shape = (self.builder_config.num_frames, self.builder_config.size, self.builder_config.size, 3)
        # As bytes, because the default writes every number of a tensor as a separate varint.
        video = tfds.features.Tensor(shape=shape, dtype=np.uint8, encoding=tfds.features.Encoding.BYTES)
        features = tfds.features.FeaturesDict({"video": video})
        return tfds.core.DatasetInfo(builder=self, description=__doc__, features=features)

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        return {split: self._generate_examples(split) for split, num in self.builder_config.clips.items() if num}

    def _generate_examples(self, split: str):
        config = self.builder_config
        for index, seed in synthetic.seeds(config, split):
            objects = config.least_objects, config.most_objects
            video = generate_clip(seed, config.num_frames, config.size, *objects, config.fps)
            yield index, {"video": video}


def load(split: str, *, data_dir: str | None = None, **options: int) -> tf.data.Dataset:
    """A split of `moving_objects` as dicts with a `video`; see `synthetic.load` and `MovingObjectsConfig`."""
    return synthetic.load(MovingObjects, MovingObjectsConfig(**options), split, data_dir)
