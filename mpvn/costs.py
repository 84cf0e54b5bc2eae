"""What a unit costs, for balanced cuts and level phases."""

import time
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from mpvn.errors import InputError

MEASURES = ("units", "parameters", "flops", "time")


def unit_costs(network, measure) -> dict[str, float]:
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
        count = _flops if measure == "flops" else _seconds
        return {name: count(network, name) for name in network.wiring.names}
    raise InputError(f"costs={measure!r} is unknown: expected one of {', '.join(MEASURES)} or costs by unit name")


def _function(network, name: str):
    specs = [network.value_spec(edge.source) for edge in network.wiring[name].edges]
    specs = [tf.TensorSpec([1, *spec.shape[1:]], spec.dtype) for spec in specs]
    function = tf.function(lambda *inputs: network.call_unit(name, list(inputs), training=False))
    return function.get_concrete_function(*specs), specs


def _flops(network, name: str) -> float:
    function, _ = _function(network, name)
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation())
    return float(profiler.profile(function.graph, options=options.with_empty_output().build()).total_float_ops)


def _seconds(network, name: str, repeats: int = 9) -> float:
    function, specs = _function(network, name)
    inputs = [tf.ones(spec.shape, spec.dtype) for spec in specs]
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        np.asarray(function(*inputs))
        times.append(time.perf_counter() - begin)
    return float(np.median(times))
