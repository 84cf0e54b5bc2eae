"""Reads videos once: decodes, scales and writes them to shards that training reads much faster than video files.

python -m mpvn.prepare_data --source=/data/UCF-101 --data_dir=/data/prepared --name=ucf101_112 --size=112 --fps=25 \
    --gin_param='video_files.layout="ucf101"' --gin_param='video_files.split_dir="/data/ucfTrainTestlist"'

Then: train.data = @tfds_clips, tfds_clips.name = "ucf101_112", tfds_clips.data_dir = "/data/prepared".

Labels, lists and parts are those of the settings of `video_files`. What was broken off goes on where it was.
"""

import functools

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command


def define(values: FlagValues) -> None:
    text = functools.partial(flags.DEFINE_string, default=None, flag_values=values)
    text("source", help="Folder of the videos; it is video_files.root.")
    text("data_dir", help="Folder of TFDS data, in which the data set gets a folder.")
    text("name", help="Name of the data set, in small letters, digits and underscores.")
    sizes = "Side of the pictures that are trained on, in pixels; kept are frames whose shorter side is 8/7 of it."
    flags.DEFINE_integer("size", 112, sizes, lower_bound=1, flag_values=values)
    rate = "Frames per second that videos are brought to; by default each keeps its own."
    flags.DEFINE_float("fps", None, rate, lower_bound=1e-3, flag_values=values)
    flags.DEFINE_integer("quality", 95, "Of JPEG.", lower_bound=1, upper_bound=100, flag_values=values)
    share = "Share of the videos that may be unreadable; one may, unless it is 0."
    flags.DEFINE_float("max_skipped", 0.01, share, lower_bound=0, upper_bound=1, flag_values=values)
    flags.DEFINE_integer("workers", None, "Threads; by default as many as cores.", lower_bound=1, flag_values=values)


def main(values: FlagValues) -> None:
    import re

    import gin

    from mpvn.data.prepared.plan import Pictures
    from mpvn.data.prepared.preparing import prepare
    from mpvn.errors import InputError
    from mpvn.runs.settings import parse_gin

    if not re.fullmatch(r"[a-z][a-z0-9_]*", values.name):
        raise InputError(f"name {values.name!r}: expected small letters, digits and underscores, such as ucf101_112")
    parse_gin(values.gin_file, [*values.gin_param, f"video_files.root={values.source!r}"])
    data = gin.get_configurable("video_files")(size=values.size, fps=values.fps)
    viewing = data.viewing
    pictures = Pictures(viewing.short_side, viewing.fps, values.quality, viewing.square_pixels)
    print(prepare(data.parts, values.data_dir, values.name, pictures, values.max_skipped, values.workers))


COMMAND = Command(main, __doc__, define, required=("source", "data_dir", "name"))

if __name__ == "__main__":
    COMMAND.run()
