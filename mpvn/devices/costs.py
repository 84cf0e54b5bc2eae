"""Costs of units, for balanced cuts and level phases."""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from mpvn.devices.network import Network
from mpvn.errors import InputError
from mpvn.schedule.wiring import FRAME

MEASURES = ("units", "parameters", "flops", "time")


def unit_costs(network: Network, measure: str | Mapping[str, float]) -> dict[str, float]:
    """Cost of one execution of every unit.

    Args:
        network: a VideoNetwork.
        measure: `"units"` (1 each), `"parameters"`, `"flops"` (floating-point operations per frame), `"time"`
            (seconds per frame, measured on this machine), or costs by unit name.

    Raises:
        InputError: the measure is unknown.
    """
    if isinstance(measure, Mapping):
        return dict(measure)
    if measure == "units":
        return dict.fromkeys(network.wiring.names, 1)
    if measure == "parameters":
        return {unit.name: unit.layer.count_params() for unit in network.wiring.units}
    if measure in ("flops", "time"):
        count = _flops if measure == "flops" else seconds
        return {name: count(network, name) for name in network.wiring.names}
    raise InputError(f"costs={measure!r} is unknown: expected one of {', '.join(MEASURES)} or costs by unit name")


def _flops(network: Network, name: str) -> float:
    specs = [network.value_spec(edge.source) for edge in network.wiring[name].edges]
    specs = [tf.TensorSpec([1, *spec.shape[1:]], spec.dtype) for spec in specs]
    function = tf.function(lambda *inputs: network.pipeline.call_unit(name, list(inputs), training=False)[0])
    function = function.get_concrete_function(*specs)
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation())
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")  # the profiler warns about its own calls
    try:
        found = profiler.profile(function.graph, options=options.with_empty_output().build())
    finally:
        logger.setLevel(level)
    return float(found.total_float_ops)


def seconds(
    network: Network,
    name: str,
    batch_size: int = 1,
    device: str | None = None,
    training: bool = False,
    repeats: int = 9,
) -> float:
    """The median duration of one execution of a unit, in seconds; the arguments are those of `execution`.

    Args:
        repeats: number of measurements.
    """
    return medians_in_turn([execution(network, name, batch_size, device, training)], repeats)[0]


def seconds_of_call(repeats: int = 9) -> float:
    """How long a compiled function takes that does nothing: `seconds` includes one such call."""
    return medians_in_turn([tf.function(lambda: tf.constant(0.0), autograph=False)], repeats)[0]


def execution(
    network: Network, name: str, batch_size: int = 1, device: str | None = None, training: bool = False
) -> Callable[[], tf.Tensor]:
    """A compiled function that executes a unit once and returns a number.

    Args:
        network: a VideoNetwork.
        name: name of the unit.
        batch_size: number of streams or clips.
        device: device to run on; by default TensorFlow chooses. Placed networks stay on their devices.
        training: whether to include the backward pass: gradients of the weights, and of all inputs except frames.
    """
    unit = network.wiring[name]
    variables = unit.layer.trainable_variables
    with tf.device(device):
        inputs = [
            tf.random.stateless_uniform([batch_size, *spec.shape[1:]], [1, 2], dtype=spec.dtype)
            for spec in (network.value_spec(edge.source) for edge in unit.edges)
        ]

    @tf.function(autograph=False)
    def run() -> tf.Tensor:
        with tf.device(device), tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs, _ = network.pipeline.call_unit(name, inputs, training)
            sources = [x for x, edge in zip(inputs, unit.edges, strict=True) if edge.source != FRAME]
            sources = [*sources, *variables] if training else []
            gradients = tape.gradient(outputs, sources, tf.ones_like(outputs), "zero") if sources else []
            # One number that depends on everything, so that nothing is optimised away.
            return tf.add_n([tf.reduce_sum(tf.cast(value, tf.float32)) for value in (outputs, *gradients)])

    return run


def medians_in_turn(runs: Sequence[Callable[[], tf.Tensor]], repeats: int) -> list[float]:
    """Median seconds of calls whose results are fetched, measured in turn after a first call of each.

    In turn, as units in a tick: a call finds the processor's cache as the others left it.
    """
    for run in runs:
        float(run())
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(repeats):
        for run, of_run in zip(runs, times, strict=True):
            begin = time.perf_counter()
            float(run())
            of_run.append(time.perf_counter() - begin)
    return [float(np.median(of_run)) for of_run in times]
