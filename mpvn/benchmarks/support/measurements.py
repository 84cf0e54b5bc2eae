"""Measurements of streams, each made in a separate process: functions that return values for JSON."""

import importlib
import math
import sys
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import psutil
import tensorflow as tf

import mpvn
from mpvn.advice.rates import measured
from mpvn.benchmarks.support.named import built
from mpvn.benchmarks.support.processes import timed
from mpvn.devices.costs import seconds, seconds_of_call
from mpvn.engines.loop import ticks_per_turn
from mpvn.layers.keras_insides import layers_inside
from mpvn.runs.loading import load


def build(
    network: str, size: int, width: float, num_subnetworks: int, clocks: str | int | None, phases: str = "staggered"
) -> mpvn.VideoNetwork:
    """A network by its name, with 200 classes, or a user's, in a schedule; see `VideoNetwork.parallel`."""
    return built(network, size, width, num_classes=200).parallel(num_subnetworks, clocks=clocks, phases=phases)


def throughput(size: int, executions: str, chunk: int, repeats: int, **network: Any) -> dict:
    """Seconds per frame of one stream: in chunks, the in-graph loop, and by step, one frame per call.

    Results of every call are fetched, and with `executions="scheduled"` the graph's result depends on every execution,
    so that none can be optimised away.

    Args:
        size: height and width of frames, in pixels.
        executions: see `mpvn.Stream`.
        chunk: ticks per call; by step, at least as many frames are measured, in whole hyper-periods.
        repeats: measurements that are timed.
        **network: see `build`.
    """
    net = build(size=size, **network)
    stream = mpvn.Stream(net, batch_size=1, executions=executions)
    frames = tf.random.stateless_uniform([1, chunk, *net.frame_shape], [1, 2])
    period = net.schedule.hyper_period
    singles = [frames[:, tick % chunk] for tick in range(period * math.ceil(chunk / period))]

    def by_step() -> None:
        for frame in singles:
            stream.step(frame).numpy()

    with CollectedGraphs() as graphs:
        stream.step_chunk(frames).numpy()
    chunks = timed(lambda: stream.step_chunk(frames).numpy(), repeats)
    by_step()  # every phase of the hyper-period has a function of its own, which is made at its first call
    steps = timed(by_step, repeats)
    counts = net.schedule.executions(ticks_per_turn(net.schedule), live=executions == "live")
    return {
        "seconds_per_frame": {"chunks": [s / chunk for s in chunks], "step": [s / len(singles) for s in steps]},
        "convolutions_in_graph": graphs.count("Conv2D"),
        "convolutions_expected": sum(counts[unit.name] * _convolutions(unit.layer) for unit in net.wiring.units),
    }


def unit_milliseconds(network: str, size: int, width: float, repeats: int) -> dict[str, float]:
    """{unit name: milliseconds of one execution}, at least 0.001, for one stream, without the time of the call."""
    net = built(network, size, width, num_classes=200)
    call = seconds_of_call(repeats)
    return {name: 1000 * max(1e-6, seconds(net, name, repeats=repeats) - call) for name in net.wiring.names}


def streaming(size: int, chunk: int, num_frames: int, repeats: int, **network: Any) -> dict:
    """Frames per second with `chunk` frames per call, one stream; a chunk of 1 is `step`.

    With a chunk of 1 also the seconds of every tick of the hyper-period, the median over `repeats`: with clocks, some
    have more to do than others.

    Args:
        size: height and width of frames, in pixels.
        chunk: frames per call.
        num_frames: frames of a measurement.
        repeats: measurements.
        **network: see `build`.
    """
    stream = mpvn.Stream(build(size=size, **network), batch_size=1)
    shape = [1, chunk, *stream.network.frame_shape]
    frames = [tf.random.stateless_uniform(shape, [1, i]) for i in range(4)]
    calls = max(1, num_frames // chunk)

    def call(i: int = 0) -> None:
        if chunk == 1:
            stream.step(frames[i % 4][:, 0]).numpy()
        else:
            stream.step_chunk(frames[i % 4]).numpy()

    def run() -> None:
        for i in range(calls):
            call(i)

    # Every phase of the hyper-period has a function of its own, which is built at its first call.
    for _ in range(2):
        run()
    result = {"seconds_per_frame": [s / (calls * chunk) for s in timed(run, repeats)]}
    if chunk == 1:
        turns = [timed(call, stream.network.schedule.hyper_period) for _ in range(repeats)]
        result["seconds_per_tick"] = np.median(turns, axis=0).tolist()
    return result


def advised(path: str, options: dict[str, Any], modules: Sequence[str], folders: Sequence[str], seconds: float) -> dict:
    """The measurements of one setting for `mpvn.advise`: frames per second, and memory of this process in bytes.

    Args:
        path: of a file that holds the network.
        options: of its schedule, see `VideoNetwork.parallel`.
        modules: that have the network's own layers.
        folders: in which these are.
        seconds: for each rate.
    """
    sys.path.extend(folder for folder in folders if folder not in sys.path)
    for module in modules:
        importlib.import_module(module)
    rates = measured(load(path).parallel(**options), seconds)
    return {"step": rates.step, "chunk": rates.chunk, "resident": psutil.Process().memory_info().rss}


def memory(size: int, marks: Sequence[int], **network: Any) -> dict:
    """Resident memory in bytes of a stream after so many frames; see `build`."""
    stream = mpvn.Stream(build(size=size, **network), batch_size=1)
    frame = tf.random.stateless_uniform([1, size, size, 3], [1, 2])
    resident = {}
    for tick in range(1, max(marks) + 1):
        stream.step(frame).numpy()
        if tick in marks:
            resident[str(tick)] = psutil.Process().memory_info().rss
    return {"resident": resident, "traces": stream.num_traces, "hyper_period": stream.network.schedule.hyper_period}


class CollectedGraphs:
    """The graphs that TensorFlow optimised inside the block, as they are run."""

    def __enter__(self) -> "CollectedGraphs":
        from tensorflow.python.eager import context  # there is no public way to see an optimised graph

        self._context = context.context()
        self._context.enable_graph_collection()
        return self

    def __exit__(self, *_: object) -> None:
        metadata = self._context.export_run_metadata()
        self._context.disable_graph_collection()
        self.graphs = [graphs.post_optimization_graph for graphs in metadata.function_graphs]

    def count(self, operation: str) -> int:
        """Number of operations whose type ends with `operation`, in all functions of all graphs."""
        nodes = [node for graph in self.graphs for node in graph.node]
        nodes += [node for graph in self.graphs for function in graph.library.function for node in function.node_def]
        return sum(node.op.endswith(operation) for node in nodes)


def _convolutions(layer: keras.Layer) -> int:
    return sum(isinstance(part, keras.layers.Conv2D) for part in layers_inside(layer))
