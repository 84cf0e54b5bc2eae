"""The common base of synthetic data sets: options, splits with separate seeds, loading."""

import contextlib
import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf
import tensorflow_datasets as tfds

from mpvn.data.options import FPS, check_options
from mpvn.errors import InputError

SPLITS = ("train", "validation", "test")


@dataclasses.dataclass(eq=False, kw_only=True)
class SyntheticConfig(tfds.core.BuilderConfig):
    """The configuration of a synthetic data set.

    Args:
        num_frames: length of the clips.
        size: pixels per side of a frame.
        fps: frames per second; the speed of motion does not depend on it.
        num_train, num_validation, num_test: number of clips per split; a split of 0 clips does not exist.
    """

    num_frames: int = 32
    size: int = 64
    fps: int = FPS
    num_train: int = 1200
    num_validation: int = 240
    num_test: int = 240
    # Made from all options, because it is the name of the folder.
    name: str = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        clips = "-".join(f"{split}{num}" for split, num in self.clips.items())
        self.name = f"{self.num_frames}frames-{self.size}px-{self.fps}fps-{clips}"

    @property
    def clips(self) -> dict[str, int]:
        """Number of clips of each split."""
        return {split: getattr(self, f"num_{split}") for split in SPLITS}

    def check(self, data_set: str) -> None:
        """Raises InputError unless clips can be drawn with these options, and there is at least one."""
        counts = {f"num_{split}": num for split, num in self.clips.items()}
        check_options(data_set, num_frames=self.num_frames, size=self.size, fps=self.fps, **counts)
        if not any(self.clips.values()):
            raise InputError(f"{data_set}: there are no clips in any split: set one of {', '.join(counts)}")


def seeds(config: SyntheticConfig, split: str) -> Iterator[tuple[int, tuple[int, int]]]:
    """(index, seed) of every clip of a split; no two splits share a seed."""
    return ((index, (SPLITS.index(split), index)) for index in range(config.clips[split]))


def load(
    builder: type[tfds.core.GeneratorBasedBuilder],
    config: SyntheticConfig,
    split: str,
    data_dir: str | None = None,
    shuffle_files: bool = False,
) -> tf.data.Dataset:
    """Builds a synthetic data set if it does not exist in `data_dir`, and opens one split.

    Args:
        builder: class of the data set.
        config: its options.
        split: "train", "validation" or "test", or a slice or sum such as "train[:10%]+test".
        data_dir: folder of TFDS data; the default of TFDS if None.
        shuffle_files: whether to shuffle the order of files.

    Raises:
        InputError: the split is unknown or has no clips.
    """
    title = builder.name
    for name in (part.split("[")[0].strip() for part in split.split("+")):
        if name not in SPLITS:
            raise InputError(f"{title}: split {name!r} is unknown: expected one of {', '.join(SPLITS)}; change split")
        if not config.clips[name]:
            raise InputError(f"{title}: split {name!r} has no clips: expected num_{name} of at least 1; change it")
    tfds.disable_progress_bar()
    made = builder(data_dir=data_dir, config=config)
    if not Path(made.data_path).exists():
        print(f"making {sum(config.clips.values())} clips of {title} in {made.data_path}")
    with contextlib.redirect_stdout(io.StringIO()):  # TFDS mentions a download, but there is none
        made.download_and_prepare(download_config=tfds.download.DownloadConfig(try_download_gcs=False))
    return made.as_dataset(split=split, shuffle_files=shuffle_files)
