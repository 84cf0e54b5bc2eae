"""Streams a video file or a camera through a trained network, frame by frame.

python -m mpvn.stream_video --video=clip.mp4 --model_dir=runs/densenet --output=annotated.mp4
"""

import contextlib

from absl import flags

from mpvn import cli

flags.DEFINE_string("video", None, "A video file, or camera:N for the N-th camera.")
flags.DEFINE_string("model_dir", None, "The run folder of mpvn.train.")
flags.DEFINE_string("output", None, "Writes the video with predictions on it; the ending gives the format.")
flags.DEFINE_bool("realtime", False, "Plays at the video's own rate and counts the frames that came too late.")
flags.DEFINE_integer("max_frames", 0, "Stops after so many frames; 0 goes on to the end.", lower_bound=0)


def main():
    from itertools import islice

    from mpvn.data.files.reader import VideoReader
    from mpvn.data.files.writer import VideoWriter

    values = flags.FLAGS
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


if __name__ == "__main__":
    cli.run(main, __doc__, required=("video", "model_dir"))
