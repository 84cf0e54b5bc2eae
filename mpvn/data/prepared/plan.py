"""Assigns videos to shards, in plain Python."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mpvn.data.files.examples import Example

CLAIM = "preparation.json"  # the file that identifies a preparation
PER_SHARD = 32  # videos per shard: our choice; an interruption loses less than this per worker


@dataclass(frozen=True)
class Pictures:
    """How frames are stored.

    Attributes:
        short_side: of the frames, in pixels; the other side follows.
        fps: frame rate to which videos are converted; None keeps their own rates.
        quality: JPEG quality, up to 100.
        square_pixels: treats pixels as square, whatever files say.
    """

    short_side: int
    fps: float | None = None
    quality: int = 95
    square_pixels: bool = False


@dataclass(frozen=True)
class Shard:
    """A file of the prepared data.

    Attributes:
        part: "train", "validation" or "test".
        index: index of the shard.
        count: number of shards of the part.
        examples: the videos, in order.
    """

    part: str
    index: int
    count: int
    examples: Sequence[Example]

    def file_name(self, data_set: str) -> str:
        """The file name for TFDS."""
        return f"{data_set}-{self.part}.tfrecord-{self.index:05d}-of-{self.count:05d}"


def shards(parts: Mapping[str, Sequence[Example]], seed: int = 0, per_shard: int = PER_SHARD) -> list[Shard]:
    """The shards of all parts; training videos are shuffled by a seed, because they are read in this order."""
    result = []
    for part, examples in parts.items():
        order = np.random.default_rng(seed).permutation(len(examples)) if part == "train" else range(len(examples))
        videos = [examples[index] for index in order]
        count = -(-len(videos) // per_shard)
        result += [Shard(part, i, count, videos[i * per_shard : (i + 1) * per_shard]) for i in range(count)]
    return result


def claim(shards: Sequence[Shard], class_names: Sequence[str], pictures: Pictures) -> dict[str, Any]:
    """The identity of a preparation, so that it is not mistaken for another one."""
    listed = json.dumps([(shard.part, shard.index, [list(e) for e in shard.examples]) for shard in shards])
    return {
        "pictures": asdict(pictures),
        "classes": list(class_names),
        "videos": sum(len(shard.examples) for shard in shards),
        "sha256": hashlib.sha256(listed.encode()).hexdigest(),
    }
