"""Recommends a schedule: compares numbers of subnetworks, clocks and skips on your own video and this machine.

python -m mpvn.advise --model_dir=runs/densenet --video=clip.mp4
python -m mpvn.advise --model_dir=my_model.keras --preprocessing=tf --video=clip.mp4 --num_workers=4

The same table shows the sequential network and frame skipping (the sequential network at every k-th frame). Each
setting is measured in a separate process, at the better of two thread settings: all threads within operations, or all
across operations.
"""

import functools
import os
import sys
import tempfile
from itertools import islice
from typing import TYPE_CHECKING

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command

if TYPE_CHECKING:
    from mpvn import VideoNetwork
    from mpvn.advice.candidates import Candidate
    from mpvn.advice.row import Rates


def define(values: FlagValues) -> None:
    text = functools.partial(flags.DEFINE_string, default=None, flag_values=values)
    text("model_dir", help="A run folder, or a .keras file: a VideoNetwork, or a Keras model, which is converted.")
    text("video", help="A video file, or camera:N for the N-th camera.")
    text("preprocessing", help="Preprocessing of a Keras model: tf, caffe, torch or none; see mpvn.from_keras.")
    text("output_dir", help="Folder for CSV and Markdown files; if unset, nothing is written.")
    cores = os.cpu_count() or 1
    whole = functools.partial(flags.DEFINE_integer, lower_bound=1, flag_values=values)
    whole("num_workers", cores, "Number of threads on which subnetworks run in parallel.")
    whole("max_frames", 96, "Number of frames of the video to compare.")
    share = functools.partial(flags.DEFINE_float, lower_bound=0, flag_values=values)
    share("agreement", 0.95, "Share of frames on which shifted outputs must agree.", upper_bound=1)
    share("seconds", 1.0, "Duration of each measurement, in seconds.")
    share("fps", None, "Required frames per second; by default the video's rate.")


def main(values: FlagValues) -> None:
    from mpvn.data.files.reader import VideoReader

    with VideoReader(values.video) as reader, tempfile.TemporaryDirectory() as folder:
        from mpvn.advice.advising import advise
        from mpvn.results import tables
        from mpvn.runs.loading import load

        network = load(values.model_dir, preprocessing=values.preprocessing)
        path = f"{folder}/network.keras"
        network.parallel(1).save(path)
        advice = advise(
            network,
            islice(reader, values.max_frames),
            values.num_workers,
            fps=values.fps or reader.fps,
            least_agreement=values.agreement,
            measure=functools.partial(_measured, path, values.num_workers, values.seconds),
        )
    title = f"{network.name} on {values.video}"
    print(f"{title}\n{advice}")
    if values.output_dir:
        written = tables.write(values.output_dir, "advice", title, advice.table, [*advice.words, *advice.notes])
        print(f"written to {written}")


def _measured(path: str, num_workers: int, seconds: float, network: "VideoNetwork", candidate: "Candidate") -> "Rates":
    """The rates of a setting at the better of its thread settings, each measured in a separate process."""
    from mpvn.advice.row import Rates
    from mpvn.benchmarks.support.processes import measure

    print(f"measuring {candidate}", flush=True)
    found = []
    for threads in sorted({(1, num_workers), (num_workers, 1)}):
        result = measure(
            "advised",
            *threads,
            path=path,
            options=candidate.options,
            modules=_modules(network),
            folders=sys.path,
            seconds=seconds,
        )
        found.append(Rates(result["step"], result["chunk"], result["resident"], threads))
    return max(found, key=lambda rates: rates.step)


def _modules(network: "VideoNetwork") -> list[str]:
    """The modules that define a network's custom layers."""
    from mpvn.layers.keras_insides import layers_inside

    layers = [layer for unit in network.wiring.units for layer in layers_inside(unit.layer)]
    modules = {type(layer).__module__ for layer in layers}
    return sorted(name for name in modules if name.split(".")[0] not in ("keras", "mpvn", "sideways_tf", "__main__"))


COMMAND = Command(
    main, __doc__, define, required=("model_dir", "video"), addresses=("model_dir", "video"), reads_settings=False
)

if __name__ == "__main__":
    COMMAND.run()
