"""Streams videos, cameras and other sources through a trained network, frame by frame.

python -m mpvn.stream_video --video=clip.mp4 --model_dir=runs/densenet --output=annotated.mp4
"""

import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command
from mpvn.errors import InputError

if TYPE_CHECKING:
    from mpvn.data.video_data import VideoData
    from mpvn.live.steps import Steps
    from mpvn.live.videos import Video
    from mpvn.tasks.task import Task


def define(values: FlagValues) -> None:
    flags.DEFINE_multi_string(
        "video",
        None,
        "A video file, a folder of videos, a list of videos (.txt, one a line), camera:N for the N-th camera, "
        "/dev/videoN, an address such as rtsp://host/ or http://host/clip.mp4, a named pipe, or - for standard input; "
        "may be repeated.",
        flag_values=values,
    )
    flags.DEFINE_string(
        "model_dir", None, "The run folder of mpvn.train, or a .keras file that classifies.", flag_values=values
    )
    flags.DEFINE_string(
        "preprocessing",
        None,
        "The pixels that a Keras model takes: tf, caffe, torch or none; see mpvn.from_keras.",
        flag_values=values,
    )
    flags.DEFINE_string("bundle", None, "A folder that mpvn.export made, in place of --model_dir.", flag_values=values)
    flags.DEFINE_enum(
        "engine",
        None,
        ["litert", "onnxruntime", "openvino", "tensorflow"],
        "The runtime of the bundle; by default the first available one.",
        flag_values=values,
    )
    flags.DEFINE_integer("threads", None, "Number of threads of the engine.", lower_bound=1, flag_values=values)
    flags.DEFINE_string(
        "output",
        None,
        "File for the video with predictions; its ending determines the format. For several videos, a folder.",
        flag_values=values,
    )
    flags.DEFINE_string(
        "labels",
        None,
        "File for time, tick, validity and the five most probable classes of every frame: a name ending in .jsonl or "
        ".csv, or - for JSON lines on standard output.",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "realtime",
        None,
        "Plays at the video's own rate, drops frames that come too fast and counts them. By default, only live sources "
        "are played, and recordings are read as fast as the network takes them.",
        flag_values=values,
    )
    flags.DEFINE_float(
        "patience",
        30.0,
        "Seconds for which a lost live source is reopened; a silent source counts as lost after half of this time.",
        lower_bound=0.1,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "max_frames",
        0,
        "Stops after this many frames of each video; 0 for no limit.",
        lower_bound=0,
        flag_values=values,
    )


def main(values: FlagValues) -> None:
    from mpvn.data.files import addresses
    from mpvn.data.files.opening import open_video
    from mpvn.live.source import is_live
    from mpvn.live.videos import videos_of

    _check_source(values)
    videos = videos_of(values.video)
    outputs = _outputs(values.output, videos)
    _check(values, videos, [output for output in outputs if output is not None])
    if len(videos) == 1 and not is_live(videos[0].name):
        open_video(videos[0].name).close()  # checked before a network is made

    from mpvn.runs.labels import Labels
    from mpvn.runs.on_video import OnVideo

    said = sys.stderr if values.labels == "-" else sys.stdout  # which then only gets labels
    with contextlib.redirect_stdout(said):
        steps, task, data = _opened(values)
    with contextlib.ExitStack() as stack:
        labels = None
        if values.labels:
            labels = stack.enter_context(Labels(values.labels, _classes(task, data)))
        on_video = OnVideo(steps, task, data, labels, said)

        def stream(video: "Video", output: str | None) -> None:
            on_video.stream(video.name, output, values.realtime, values.patience, values.max_frames or None)

        failed = _each(stream, videos, outputs, said)
    if values.labels and values.labels != "-":
        print(f"labels: {values.labels}")
    if len(videos) > 1:
        print(_summary([addresses.shown(video.name) for video in videos if video not in failed]), file=said)
    if failed:
        first = addresses.shown(failed[0].name)
        raise InputError(f"{len(failed)} of {len(videos)} videos were not streamed to their end, the first {first}")


def _check_source(values: FlagValues) -> None:
    """Raises InputError unless either a run or a bundle is given, with flags that fit it."""
    if (values.model_dir is None) == (values.bundle is None):
        raise InputError("expected either --model_dir=RUN or --bundle=FOLDER")
    of_bundle = {"engine": values.engine, "threads": values.threads}
    of_run = {"gin_file": values.gin_file, "gin_param": values.gin_param}
    for name, value in (of_bundle if values.bundle is None else of_run).items():
        if value:
            wanted = "--bundle" if values.bundle is None else "--model_dir"
            raise InputError(f"--{name} needs {wanted}: leave it out, or give {wanted}")


def _opened(values: FlagValues) -> tuple["Steps", "Task", "VideoData"]:
    """The stream, its task, and the data of its training."""
    if values.bundle is not None:
        from mpvn.runs.on_bundle import on_bundle

        return on_bundle(values.bundle, values.engine, values.threads)
    from mpvn.engines.stream import Stream
    from mpvn.runs.mirror import here
    from mpvn.runs.restore import restore

    if Path(values.model_dir).suffix == ".keras" and not Path(values.model_dir).is_dir():
        if values.gin_file or values.gin_param:
            raise InputError("gin settings are for a run folder, and --model_dir is a file: leave them out")
        from mpvn.runs.on_bundle import on_file

        return on_file(values.model_dir, values.preprocessing)
    if values.preprocessing:
        raise InputError("--preprocessing is for a .keras file: leave it out")
    run = restore(here(values.model_dir), values.gin_file, values.gin_param, needs_clips=False)
    return Stream(run.network), run.task, run.data


def _each(
    stream: Callable[["Video", str | None], None],
    videos: Sequence["Video"],
    outputs: Sequence[str | None],
    said: TextIO,
) -> list["Video"]:
    """Streams each video to its output; prints and returns unreadable videos. A single one raises an error."""
    failed = []
    for video, output in zip(videos, outputs, strict=True):
        try:
            stream(video, output)
        except InputError as error:
            if len(videos) == 1:
                raise
            print(f"error: {error}", file=said)
            failed.append(video)
    return failed


def _summary(names: Sequence[str]) -> str:
    """Says which videos were streamed to their end, with the names of the first ones."""
    first = [Path(name).name for name in names[:3]]
    more = f" and {len(names) - len(first)} more" if len(names) > len(first) else ""
    return f"{len(names)} videos streamed: {', '.join(first)}{more}"


def _outputs(output: str | None, videos: Sequence["Video"]) -> list[str | None]:
    """The file of each video's annotated copy."""
    from mpvn.data.files.writer import ENCODERS

    if not output:
        return [None] * len(videos)
    is_file = Path(output).suffix.lower() in ENCODERS and not Path(output).is_dir()
    if len(videos) == 1 and (is_file or not Path(output).is_dir()):
        return [output]
    if is_file:
        raise InputError(f"--output={output} is one file, but there are {len(videos)} videos: give a folder")
    endings = [Path(video.name).suffix.lower() for video in videos]
    kept = [ending if ending in ENCODERS else ".mp4" for ending in endings]
    return [f"{Path(output) / video.place}{ending}" for video, ending in zip(videos, kept, strict=True)]


def _check(values: FlagValues, videos: Sequence["Video"], outputs: Sequence[str]) -> None:
    """Raises InputError if an input would be overwritten."""
    from mpvn.runs.outputs import check_outputs

    labels = [values.labels] if values.labels and values.labels != "-" else []
    inputs = [*values.video, *(video.name for video in videos), *values.gin_file]
    check_outputs([*outputs, *labels], inputs, [values.model_dir or values.bundle])


def _classes(task: "Task", data: "VideoData") -> Sequence[str]:
    """Names of the task's classes."""
    if not task.has_classes:
        raise InputError("--labels needs classes, but this run's task has none: leave it out")
    return data.class_names


COMMAND = Command(main, __doc__, define, required=("video",), addresses=("video", "model_dir"))

if __name__ == "__main__":
    COMMAND.run()
