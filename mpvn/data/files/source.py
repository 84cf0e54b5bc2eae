"""Videos in folders as a source of clips."""

from mpvn.data.files import clips as video_clips
from mpvn.data.files import listings as files
from mpvn.data.files.augment import augment_clip
from mpvn.data.video_data import VideoData
from mpvn.errors import InputError

LAYOUTS = ("class_folders", "ucf101", "hmdb51", "kinetics")


def video_files(
    root: str,
    layout: str = "class_folders",
    num_frames: int = 64,
    size: int = 112,
    stride: int = 1,
    fps: float | None = None,
    split_dir: str | None = None,
    split: int = 1,
    validation_csv: str | None = None,
    train_csv: str | None = None,
    test_csv: str | None = None,
    test_root: str | None = None,
    short: str = "loop",
    flip: bool = True,
    brightness: float = 0.0,
    contrast: float = 0.0,
    saturation: float = 0.0,
) -> VideoData:
    """Videos in folders; see `mpvn.data.files.listings`.

    Args:
        root: folder of the videos.
        layout: `"class_folders"` (train and test are `root` and `test_root`), `"ucf101"`, `"hmdb51"` (with the
            official lists in `split_dir`) or `"kinetics"` (with a CSV list per split).
        num_frames: frames of a clip.
        size: side of the square pictures, in pixels.
        stride: distance between two frames of a clip.
        fps: rate to bring every video to; None keeps each one's own.
        split_dir: folder of the official lists.
        split: number of the official split.
        train_csv, validation_csv, test_csv: Kinetics-style lists.
        test_root: test folder of `"class_folders"`; by default `root`.
        short: what a video shorter than a clip is: "error", or filled by a "loop" or by its "last" frame.
        flip, brightness, contrast, saturation: augmentation of training clips.
    """
    listings = {}
    if layout == "class_folders":
        listings = {"train": files.class_folders(root), "test": files.class_folders(test_root or root)}
    elif layout in ("ucf101", "hmdb51"):
        if split_dir is None:
            raise InputError(f"layout={layout!r} needs split_dir, the folder of the official lists: set it")
        listing = getattr(files, layout)
        listings = {subset: listing(root, split_dir, split, subset) for subset in ("train", "test")}
    elif layout == "kinetics":
        tables = {"train": train_csv, "validation": validation_csv, "test": test_csv}
        names = None
        for subset, table in tables.items():
            if table is not None:
                listings[subset] = files.kinetics_csv(root, table, class_names=names)
                names = listings[subset][1]
        if not listings:
            raise InputError("layout='kinetics' needs train_csv, validation_csv or test_csv: set at least one")
    else:
        raise InputError(f"layout={layout!r} is unknown: expected one of {', '.join(LAYOUTS)}")
    class_names = next(iter(listings.values()))[1]
    if any(names != class_names for _, names in listings.values()):
        raise InputError(f"the classes of {' and '.join(listings)} differ: expected the same folders in both")

    def augment(video, seed):
        return augment_clip(video, seed, flip=flip, brightness=brightness, contrast=contrast, saturation=saturation)

    def clips(subset, training, seed, skip):
        dataset = video_clips.clips(
            listings[subset][0],
            num_frames,
            size,
            stride,
            fps,
            sampling="random" if training else "centre",
            training=training,
            seed=seed,
            short=short,
            augment=augment,
            skip=skip,
        )
        return dataset.repeat() if training else dataset

    num_clips = {subset: len(examples) for subset, (examples, _) in listings.items()}
    return VideoData(class_names, (size, size, 3), num_frames, num_clips, clips)
