"""Decodes and scales videos once, and writes them to shards that training reads much faster than video files.

python -m mpvn.prepare_data --source=/data/UCF-101 --data_dir=/data/prepared --name=ucf101_112 --size=112 --fps=25 \
    --gin_param='video_files.layout="ucf101"' --gin_param='video_files.split_dir="/data/ucfTrainTestlist"'

Then: train.data = @tfds_clips, tfds_clips.name = "ucf101_112", tfds_clips.data_dir = "/data/prepared".

Labels, lists and parts are those of the settings of `video_files`; flags override them. An interrupted preparation
continues where it stopped.
"""

import functools

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command

_DEFAULT = "By default from the settings"


def define(values: FlagValues) -> None:
    text = functools.partial(flags.DEFINE_string, default=None, flag_values=values)
    text("source", help="Folder of the videos; same as video_files.root.")
    text("data_dir", help="Folder of TFDS data, in which the data set is written.")
    text("name", help="Name of the data set: lowercase letters, digits and underscores.")
    sizes = "Side of the training frames, in pixels; frames are stored with a shorter side of 8/7 of it."
    flags.DEFINE_integer("size", None, f"{sizes} {_DEFAULT}, 112.", lower_bound=1, flag_values=values)
    rate = "Frame rate to which videos are converted."
    flags.DEFINE_float(
        "fps", None, f"{rate} {_DEFAULT}, each one's own.", lower_bound=1e-3, upper_bound=1000, flag_values=values
    )
    flags.DEFINE_integer("quality", 95, "JPEG quality.", lower_bound=1, upper_bound=100, flag_values=values)
    share = f"Share of the videos that may be unreadable; one always may, unless it is 0. {_DEFAULT}, 0.01."
    flags.DEFINE_float("max_skipped", None, share, lower_bound=0, upper_bound=1, flag_values=values)
    flags.DEFINE_integer("workers", None, "Threads; by default the number of cores.", lower_bound=1, flag_values=values)


def main(values: FlagValues) -> None:
    import re

    import gin

    from mpvn.data.files.left_out import MAX_SKIPPED
    from mpvn.data.prepared.plan import Pictures
    from mpvn.data.prepared.preparing import prepare
    from mpvn.errors import InputError
    from mpvn.runs.bindings import is_set, value_of
    from mpvn.runs.settings import parse_gin

    if not re.fullmatch(r"[a-z][a-z0-9_]*", values.name):
        raise InputError(f"name {values.name!r}: expected lowercase letters, digits, underscores, such as ucf101_112")
    settings = {"root": values.source, "size": values.size, "fps": values.fps, "max_skipped": values.max_skipped}
    given = [f"video_files.{name}={value!r}" for name, value in settings.items() if value is not None]
    parse_gin(values.gin_file, [*values.gin_param, *given], root="data.video_files")
    data = gin.get_configurable("video_files")()
    viewing = data.viewing
    pictures = Pictures(viewing.short_side, viewing.fps, values.quality, viewing.square_pixels)
    max_skipped = value_of("video_files.max_skipped") if is_set("video_files.max_skipped") else MAX_SKIPPED
    print(prepare(data.parts, values.data_dir, values.name, pictures, max_skipped, values.workers))


COMMAND = Command(main, __doc__, define, required=("source", "data_dir", "name"))

if __name__ == "__main__":
    COMMAND.run()
