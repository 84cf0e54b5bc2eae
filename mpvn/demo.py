"""Trains a small depth-parallel network on synthetic video and compares it with frame skipping; ./run.sh runs it."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command

if TYPE_CHECKING:  # --help does not load TensorFlow
    import tensorflow as tf

    from mpvn.data.video_data import VideoData
    from mpvn.model.network import VideoNetwork
    from mpvn.runs.evaluation import Result

CONFIG = Path(__file__).parent.parent / "gin_configs" / "mpvn" / "demo.gin"


def define(values: FlagValues) -> None:
    flags.DEFINE_string(
        "model_dir",
        "runs/demo",
        "The run folder; an existing run is resumed, or shown again if it is finished.",
        flag_values=values,
    )


def main(values: FlagValues) -> None:
    from mpvn.results import tables
    from mpvn.runs.evaluation import evaluate
    from mpvn.runs.restore import data_of_settings
    from mpvn.runs.settings import TRAIN, parse_gin
    from mpvn.runs.training import train
    from mpvn.tasks import Action

    folder = Path(values.model_dir)
    data_dir = f'walkers.data_dir = "{folder.parent / "data"}"'
    parse_gin([str(CONFIG), *values.gin_file], [data_dir, *values.gin_param], root=TRAIN)
    print("1. training a Par-DenseNet with clocks, cut into 7 subnetworks, on synthetic walkers")
    network = train(str(folder))
    data = data_of_settings()
    print(
        "2. streaming, one frame per call, without executions that no output depends on; the sequential network also at"
    )
    print("   every k-th frame, with the smallest k that is as fast as the parallel network")
    parallel = _Way.streamed(f"parallel, {network.schedule.num_subnetworks} subnetworks", network)
    plain = _Way.streamed("sequential", network.parallel(1))
    skipping = _as_fast(parallel, plain)
    ways = {way.name: way for way in (parallel, plain, skipping)}
    print("3. evaluating them, with the same weights, on the same ticks")
    networks = {name: way.network for name, way in ways.items()}
    results = evaluate(Action(), networks, data.batches("test", 12), data.groups)
    tables.show("The same weights in several schedules", [way.row(results[name]) for name, way in ways.items()])
    video, label = next(iter(data.batches("test", 1)))
    pictures = _pictures(folder, data, network, video, label)
    print(f"pictures: {', '.join(pictures)}")
    print(f"TensorBoard: {_tensorboard()} --logdir={folder}")
    print(f"next: python -m mpvn.stream_video --video=FILE --model_dir={folder} --output=annotated.mp4")
    print(_verdict(parallel, skipping, results))


@dataclass(frozen=True)
class _Way:
    """A network in a schedule, and how fast it streams.

    Attributes:
        name: in the table.
        network: in its schedule.
        rate: frames per second, one per call.
    """

    name: str
    network: "VideoNetwork"
    rate: float

    @classmethod
    def streamed(cls, name: str, network: "VideoNetwork") -> "_Way":
        from mpvn.advice.rates import step_rate

        return cls(name, network, step_rate(network, seconds=0.5))

    def row(self, result: "Result") -> dict[str, str]:
        schedule = self.network.schedule
        executions = sum(schedule.executions(schedule.hyper_period, live=True).values()) / schedule.hyper_period
        least, _, largest = schedule.information_latency
        return {
            "network": self.name,
            "accuracy": f"{100 * result.means['accuracy']:.1f}%",
            **{f"{group} classes": f"{100 * share:.1f}%" for group, share in result.groups.items()},
            "frames/s": f"{self.rate:.0f}",
            "information latency, frames": f"{least}" if least == largest else f"{least} to {largest}",
            "executions per frame": f"{executions:.1f}",
        }


def _as_fast(parallel: _Way, sequential: _Way) -> _Way:
    """The sequential network at every k-th frame, with the smallest k that is as fast as the parallel network.

    If none is as fast, k is the hyper-period, or the number of subnetworks if that is larger.
    """
    from mpvn.advice.candidates import ordinal

    schedule, way = parallel.network.schedule, sequential
    for every in range(2, max(schedule.hyper_period, schedule.num_subnetworks) + 1):
        if way.rate >= parallel.rate:
            break
        network = sequential.network.parallel(1, clocks=every)
        way = _Way.streamed(f"sequential, every {ordinal(every)} frame", network)
    return way


def _verdict(parallel: _Way, skipping: _Way, results: "Mapping[str, Result]") -> str:
    """Which is better at a similar rate, and by how much."""
    points = 100 * (results[parallel.name].means["accuracy"] - results[skipping.name].means["accuracy"])
    name = parallel.name if points > 0 else skipping.name
    better = f"{name}, by {abs(points):.1f} points of accuracy" if points else "neither, with equal accuracy"
    like = "at a similar rate" if skipping.rate >= parallel.rate else "although no frame skipping was as fast"
    return (
        f"better {like} ({parallel.rate:.0f} and {skipping.rate:.0f} frames/s): {better} on "
        f"{results[parallel.name].num_clips} test clips; when the method pays: docs/when_it_pays.md"
    )


def _pictures(
    folder: Path, data: "VideoData", network: "VideoNetwork", video: "tf.Tensor", label: "tf.Tensor"
) -> list[str]:
    """Writes the network's predictions for one clip; returns the paths of all pictures."""
    import tensorflow as tf

    from mpvn.tasks import Action

    outputs = network.run(video)[0, network.schedule.valid_from :]
    strip = Action().picture(data, video[0].numpy(), label[0], outputs)
    path = folder / "prediction.png"
    tf.io.write_file(str(path), tf.io.encode_png(strip))
    return [str(p) for p in (folder / "schedule.png", path) if p.exists()]


def _tensorboard() -> str:
    beside = Path(os.path.dirname(sys.executable)) / "tensorboard"
    return os.path.relpath(beside) if beside.exists() else "tensorboard"


COMMAND = Command(main, __doc__, define)

if __name__ == "__main__":
    COMMAND.run()
