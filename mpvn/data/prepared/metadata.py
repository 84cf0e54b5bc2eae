"""The metadata that TFDS needs to read shards."""

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from mpvn.data.prepared.plan import Shard


def write_metadata(
    folder: Path,
    name: str,
    class_names: Sequence[str],
    shards: Sequence[Shard],
    sizes: Sequence[tuple[int, int]],
) -> None:
    """Writes `dataset_info.json` and `features.json`.

    Args:
        folder: folder of the data set's version.
        name: name of the data set.
        class_names: names of classes in the order of labels.
        shards: all of them.
        sizes: (examples, bytes) of each shard.
    """
    features = tfds.features.FeaturesDict(
        {
            "video": tfds.features.Video(shape=(None, None, None, 3), encoding_format="jpeg"),
            "label": tfds.features.ClassLabel(names=list(class_names)),
            "name": tfds.features.Text(),
            "fps": tfds.features.Scalar(np.float32),
        }
    )
    template = tfds.core.ShardedFileTemplate(data_dir=folder, dataset_name=name, filetype_suffix="tfrecord")
    splits = []
    for part in dict.fromkeys(shard.part for shard in shards):
        of_part = [size for shard, size in zip(shards, sizes, strict=True) if shard.part == part]
        counts, num_bytes = [count for count, _ in of_part], sum(size for _, size in of_part)
        splits.append(
            tfds.core.SplitInfo(
                name=part, shard_lengths=counts, num_bytes=num_bytes, filename_template=template.replace(split=part)
            )
        )
    with contextlib.redirect_stdout(io.StringIO()):
        tfds.folder_dataset.write_metadata(
            data_dir=folder,
            features=features,
            split_infos=splits,
            filename_template=template,
            version=folder.name,
            check_data=False,
        )
