"""Streams a video file or a camera through a trained network, frame by frame.

python -m mpvn.stream_video --video=clip.mp4 --model_dir=runs/densenet --output=annotated.mp4
"""

import contextlib
from itertools import islice

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command


def define(values: FlagValues) -> None:
    flags.DEFINE_string("video", None, "A video file, or camera:N for the N-th camera.", flag_values=values)
    flags.DEFINE_string("model_dir", None, "The run folder of mpvn.train.", flag_values=values)
    flags.DEFINE_string(
        "output",
        None,
        "Writes the video with predictions on it; the ending gives the format.",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "realtime",
        False,
        "Plays at the video's own rate and counts the frames that came too late.",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "max_frames", 0, "Stops after so many frames; 0 goes on to the end.", lower_bound=0, flag_values=values
    )


def main(values: FlagValues) -> None:
    from mpvn.data.files.reader import VideoReader
    from mpvn.data.files.writer import VideoWriter

    with VideoReader(values.video) as reader, contextlib.ExitStack() as stack:
        from mpvn.runs.on_video import stream
        from mpvn.runs.restore import restore

        run = restore(values.model_dir, values.gin_file, values.gin_param)
        writer = None
        if values.output:
            writer = stack.enter_context(VideoWriter(values.output, reader.rate, reader.size))
        frames = islice(reader, values.max_frames or None)
        summary = stream(run.network, run.task, run.data, frames, reader.fps, writer, values.realtime)
        print(f"{values.video}: {summary.line(values.realtime)}")
    if values.output:
        print(f"annotated video: {values.output}")


COMMAND = Command(main, __doc__, define, required=("video", "model_dir"))

if __name__ == "__main__":
    COMMAND.run()
