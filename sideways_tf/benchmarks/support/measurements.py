"""Measurements of training, each made in a separate process: functions that return values for JSON."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import psutil
import tensorflow as tf

import mpvn
from mpvn.benchmarks.support.named import built
from mpvn.benchmarks.support.processes import timed
from mpvn.devices import cluster
from mpvn.devices.costs import execution, medians_in_turn, seconds_of_call
from mpvn.devices.report import size_of
from mpvn.errors import InputError
from mpvn.runs.memory import peak_memory
from sideways_tf.benchmarks.support.idle import idle
from sideways_tf.model import SidewaysModel
from sideways_tf.stream_learning import learn

# How a network is trained: (subnetworks are its own or 1, gradients, engine).
METHODS = {
    "sideways": (True, "sideways", "ticked"),
    "backpropagation, frame by frame": (False, "sideways", "ticked"),  # exact with one subnetwork
    "backpropagation, time in the batch": (False, "exact", "folded"),
}


def build(network: str, size: int, width: float) -> mpvn.VideoNetwork:
    """A network by name, with 101 classes, or a user's network."""
    return built(network, size, width, num_classes=101)


def _classes(network: mpvn.VideoNetwork) -> int:
    """The number of classes of the labels of random clips."""
    shape = network.value_spec(network.schedule.output).shape
    if shape.rank != 2:
        raise InputError(f"network {network.name!r} returns values of shape {list(shape[1:])}: expected a classifier")
    return shape[-1]


def training(
    network: str,
    size: int,
    width: float,
    num_subnetworks: int,
    method: str,
    batch: int,
    num_frames: int,
    **skips: Any,
) -> tuple[Callable[[], float], int]:
    """A function that does one training step on random video, as in the paper's Table 2, and the bytes of all clips.

    Args:
        network, size, width: the trained network.
        num_subnetworks: number of subnetworks with Sideways.
        method: one of `METHODS`.
        batch, num_frames: size of the batch and length of the clips.
        **skips: `skip` and `span` of `mpvn.with_skips`; nothing for no skip connections.
    """
    keras.utils.set_random_seed(0)
    parallel, gradients, engine = METHODS[method]
    net = build(network, size, width)
    net = mpvn.with_skips(net, **skips) if skips else net
    net = net.parallel(num_subnetworks if parallel else 1)
    model = SidewaysModel(net, gradients, engine=engine)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(1e-5), loss, targets_per="clip")
    video = tf.random.stateless_uniform([batch, num_frames, *net.frame_shape], [1, 2])
    labels = tf.range(batch, dtype=tf.int64) % _classes(net)
    step = tf.function(lambda: model.train_on_clips(video, labels)[0], autograph=False)
    return lambda: float(step()), int(np.prod(video.shape)) * 4


def speed(repeats: int, **settings: Any) -> dict:
    """Seconds per training step; see `training`."""
    step, _ = training(**settings)
    step()
    return {"seconds_per_step": timed(step, repeats)}


def memory(steps: int, **settings: Any) -> dict:
    """Peak memory of training above that of the process before its first step, the clip included, in bytes."""
    step, clip = training(**settings)
    idle = psutil.Process().memory_info().rss - clip
    for _ in range(steps):
        step()
    return {"above_idle": peak_memory() - idle, "clip": clip}


def unit_costs(network: str, size: int, width: float, batch: int, repeats: int) -> dict:
    """The arguments of `mpvn.devices.forecast.Costs`: seconds of one tick on one device, and bytes, for a batch.

    Units are measured in turn, as in a tick. That gives their shares; their sum is that of one call that executes all,
    because every call takes a moment, and units in a loop do not.
    """
    net = build(network, size, width)
    names, call = net.wiring.names, seconds_of_call(repeats)

    def of_units(training: bool) -> tuple[dict[str, float], float]:
        each = [execution(net, name, batch, training=training) for name in names]
        together = tf.function(lambda: tf.add_n([run() for run in each]), autograph=False)
        *apart, whole, adding = (max(0.0, s - call) for s in medians_in_turn([*each, together, _adding(net)], repeats))
        scale = whole / max(sum(apart), 1e-9)
        return {name: scale * seconds for name, seconds in zip(names, apart, strict=True)}, adding

    forward, _ = of_units(training=False)
    both_ways, adding = of_units(training=True)
    weights = {name: sum(map(size_of, net.wiring[name].layer.trainable_variables)) for name in names}
    per_byte = adding / max(1, sum(weights.values()))
    return {
        "forward": forward,
        "backward": {name: max(0.0, both_ways[name] - forward[name]) for name in names},
        "bytes_of": {name: batch * size_of(net.value_spec(name)) for name in names},
        "weight_bytes": sum(weights.values()),
        "adding": {name: per_byte * size for name, size in weights.items()},
    }


def _adding(network: mpvn.VideoNetwork) -> Callable[[], tf.Tensor]:
    """A compiled function that adds a gradient of every weight to its sum once."""
    sums, gradients = (
        [tf.Variable(tf.zeros(v.shape, v.dtype), trainable=False) for v in network.trainable_variables]
        for _ in range(2)
    )

    @tf.function(autograph=False)
    def add() -> tf.Tensor:
        pairs = zip(sums, gradients, strict=True)
        with tf.control_dependencies([total.assign_add(gradient) for total, gradient in pairs]):
            return tf.constant(0.0)

    return add


def placed_speed(
    workers: Sequence[str],
    network: str,
    size: int,
    width: float,
    boundaries: Sequence[str],
    batch: int,
    num_frames: int,
    repeats: int,
) -> dict:
    """Seconds per tick on the devices of a cluster, of training with Sideways and of inference.

    Args:
        workers: addresses of the workers.
        network, size, width: the network.
        boundaries: names of the units that begin a subnetwork; the subnetworks are shared out evenly.
        batch, num_frames: size of the batch and length of the random clips, made on the first worker.
        repeats: number of calls; each processes one batch of clips.

    Returns:
        {"training", "inference": seconds; "idle training", "idle inference": seconds if units compute next to nothing}.
    """
    devices = cluster.connect(workers)
    keras.utils.set_random_seed(0)
    net = build(network, size, width)
    found: dict[str, float] = {}
    for words, each in (("", net), ("idle ", idle(net))):
        of_each = _placed_speed(each.parallel(boundaries=boundaries), devices, batch, num_frames, repeats)
        found |= {words + kind: value for kind, value in of_each.items()}
    return found


def _placed_speed(
    net: mpvn.VideoNetwork, devices: Sequence[str], batch: int, num_frames: int, repeats: int
) -> dict[str, float]:
    spread = [devices[i * len(devices) // net.schedule.num_subnetworks] for i in range(net.schedule.num_subnetworks)]
    net = net.place(spread)
    model = SidewaysModel(net)
    model.compile(
        keras.optimizers.SGD(1e-5), keras.losses.SparseCategoricalCrossentropy(from_logits=True), targets_per="clip"
    )
    with net.pipeline.on_device(0):
        video = tf.random.stateless_uniform([batch, num_frames, *net.frame_shape], [1, 2])
    with net.pipeline.on_device(-1):
        labels = tf.range(batch, dtype=tf.int64) % _classes(net)
    train = tf.function(lambda: model.train_on_clips(video, labels)[0], autograph=False)
    infer = tf.function(lambda: tf.reduce_sum(net.run(video, engine="ticked")), autograph=False)

    def seconds_of(step: Callable[[], tf.Tensor]) -> float:
        float(step())
        return float(np.median(timed(lambda: float(step()), repeats)))

    return {name: seconds_of(step) / num_frames for name, step in (("training", train), ("inference", infer))}


def messages(workers: Sequence[str], sizes: Sequence[int], trips: int, repeats: int) -> dict:
    """Seconds per message between two workers, by message size in bytes: {"seconds": [one for each size]}."""
    here, there = cluster.connect(workers)[:2]

    def seconds_of(num_bytes: int) -> float:
        with tf.device(here):
            value = tf.zeros([num_bytes // 4])

        @tf.function(autograph=False)
        def bounce() -> tf.Tensor:
            moved = value
            for _ in range(trips // 2):
                for device in (there, here):
                    with tf.device(device):
                        moved = tf.identity(moved) + 1.0
            return moved[0]

        float(bounce())
        return float(np.median(timed(lambda: float(bounce()), repeats))) / trips

    return {"seconds": [seconds_of(num_bytes) for num_bytes in sizes]}


def stream(**settings: Any) -> dict:
    """See `sideways_tf.stream_learning.learn`."""
    return learn(**settings)
