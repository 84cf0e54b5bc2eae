"""Trains a small depth-parallel network on synthetic video, evaluates it and streams a clip: what ./run.sh does."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command

if TYPE_CHECKING:  # the command answers --help before TensorFlow is there
    import tensorflow as tf

    from mpvn.data.video_data import VideoData
    from mpvn.model.network import VideoNetwork
    from mpvn.runs.evaluation import Result

CONFIG = Path(__file__).parent.parent / "gin_configs" / "mpvn" / "demo.gin"


def define(values: FlagValues) -> None:
    flags.DEFINE_string(
        "model_dir",
        "runs/demo",
        "The run folder; a run that is there goes on, or is only shown again.",
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
    sequential = network.parallel(1)
    data = data_of_settings()
    print("2. evaluating it beside the sequential network with the same weights, on the same ticks")
    networks = {f"parallel, {network.schedule.num_subnetworks} subnetworks": network, "sequential": sequential}
    results = evaluate(Action(), networks, data.batches("test", 12), data.groups)
    print("3. streaming a clip through both, one frame per call")
    video, label = next(iter(data.batches("test", 1)))
    rows = [_row(name, net, results[name], video) for name, net in networks.items()]
    tables.show("The same weights in two schedules", rows)
    pictures = _pictures(folder, data, network, video, label)
    print(f"pictures: {', '.join(pictures)}")
    print(f"TensorBoard: {_tensorboard()} --logdir={folder}")
    print(f"next: python -m mpvn.stream_video --video=FILE --model_dir={folder} --output=annotated.mp4")


def _row(name: str, network: "VideoNetwork", result: "Result", video: "tf.Tensor") -> dict:
    from mpvn.engines.stream import Stream

    schedule = network.schedule
    stream = Stream(network)
    frames = [video[:, t] for t in range(video.shape[1])]
    stream.warm_up()
    seconds = []
    for _ in range(4):
        for frame in frames:
            begin = time.perf_counter()
            stream.step(frame).numpy()
            seconds.append(time.perf_counter() - begin)
    executions = sum(schedule.executions(schedule.hyper_period).values()) / schedule.hyper_period
    least, _, largest = schedule.information_latency
    return {
        "network": name,
        "accuracy": f"{100 * result.means['accuracy']:.1f}%",
        **{f"{group} classes": f"{100 * share:.1f}%" for group, share in result.groups.items()},
        "frames/s": f"{len(seconds) / sum(seconds):.0f}",
        "latency, ms per frame": f"{1000 * sum(seconds) / len(seconds):.2f}",
        "information latency, frames": f"{least}" if least == largest else f"{least} to {largest}",
        "executions per frame": f"{executions:.1f}",
    }


def _pictures(
    folder: Path, data: "VideoData", network: "VideoNetwork", video: "tf.Tensor", label: "tf.Tensor"
) -> list[str]:
    """Writes what the network says of one clip; the paths of all pictures."""
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
