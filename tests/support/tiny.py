"""Tiny networks with random weights, the naive way to run them, and comparisons that can fail."""

import keras
import numpy as np
import tensorflow as tf
from cases import schedule
from reference import FRAME, first_valid, held, simulate

import mpvn
from mpvn.schedule.wiring import Unit

WIDTH = 3  # features of every frame and unit


@keras.saving.register_keras_serializable("tests")
class Mix(keras.layers.Layer):
    """A dense layer over all that it reads, tanh, and batch normalisation if asked for."""

    def __init__(self, units=WIDTH, normalize=False, **kwargs):
        super().__init__(**kwargs)
        self.units, self.normalize = units, normalize
        self.dense = keras.layers.Dense(units, dtype=self.dtype_policy)
        self.norm = mpvn.BatchNormalization(momentum=0.7, dtype=self.dtype_policy) if normalize else None

    def build(self, input_shape):
        shapes = input_shape if isinstance(input_shape[0], (list, tuple)) else [input_shape]
        self.dense.build((None, sum(shape[-1] for shape in shapes)))
        if self.norm is not None:
            self.norm.build((None, self.units))

    def call(self, inputs, training=None):
        value = tf.concat(inputs, -1) if isinstance(inputs, (list, tuple)) else inputs
        value = tf.tanh(self.dense(value))
        # Last, so that every bias before it gets a gradient.
        return value if self.norm is None else self.norm(value, training=training)

    def get_config(self):
        return super().get_config() | {"units": self.units, "normalize": self.normalize}


def randomize(network, seed=0):
    """Gives every weight, bias and batch-norm statistic a random value, so that nothing cancels."""
    rng = np.random.default_rng(seed)
    for variable in network.variables:
        if "seed" in variable.path:
            continue
        value = rng.normal(0, 0.7, variable.shape)
        if "variance" in variable.path:
            value = rng.uniform(0.5, 1.5, variable.shape)
        elif "gamma" in variable.path:
            value = rng.uniform(0.7, 1.3, variable.shape)
        variable.assign(value)
    return network


def network_of(case, dtype="float64", normalize=False, seed=0, prediction_latency=0):
    """The VideoNetwork of a `Case`, a `Mix` for every unit."""
    read_back = {source for _, feedback in case.units.values() for source in feedback}
    units = [
        Unit(
            name,
            Mix(normalize=normalize, dtype=dtype, name=name),
            inputs,
            feedback,
            every_tick=name in case.every_tick,
            output_shape=(WIDTH,) if name in read_back else None,
        )
        for name, (inputs, feedback) in case.units.items()
    ]
    network = mpvn.VideoNetwork(units, (WIDTH,), schedule=schedule(case, prediction_latency))
    return randomize(network, seed)


def dense_network(dtype="float64", normalize=False, classes=2, seed=0):
    """Five units with a skip and a dense edge; the output has `classes` features."""
    units = [
        Unit("a", Mix(normalize=normalize, dtype=dtype, name="a"), ["frame"]),
        Unit("b", Mix(normalize=normalize, dtype=dtype, name="b"), ["a"]),
        Unit("c", Mix(normalize=normalize, dtype=dtype, name="c"), ["b", "a"]),
        Unit("d", Mix(dtype=dtype, name="d"), ["c", "b", "a"]),
        Unit("head", keras.layers.Dense(classes, dtype=dtype, name="head"), ["d"]),
    ]
    return randomize(mpvn.VideoNetwork(units, (WIDTH,), name="dense_network"), seed)


def video(num_frames, batch=2, seed=1, dtype="float64"):
    return np.random.default_rng(seed).normal(size=(batch, num_frames, WIDTH)).astype(dtype)


def naive(case, layers, clip, start_tick=0, training=False):
    """Calls one layer after the other, execution by execution, as the simulation says.

    Args:
        case: the wiring, cut and clocks.
        layers: {unit name: layer}.
        clip: [batch, time, ...].

    Returns:
        The first valid tick, counted from the clip's start, and the outputs from there on: [batch, ticks, ...].
    """
    num_frames = clip.shape[1]
    run = simulate(case, num_frames, start_tick)
    first = first_valid(run[case.output])
    everything = sorted((e for es in run.values() for e in es), key=lambda e: (e.tick, case.names.index(e.unit)))
    values = {}
    for execution in everything:
        if not execution.valid:
            continue
        inputs = []
        for read, edge in zip(execution.reads, case.edges[execution.unit], strict=True):
            if isinstance(read, int):
                inputs.append(tf.convert_to_tensor(clip[:, read - start_tick]))
            elif edge.feedback and (read is None or not read.valid):
                inputs.append(tf.zeros((clip.shape[0], WIDTH), clip.dtype))
            else:
                inputs.append(values[read])
        inputs = inputs[0] if len(inputs) == 1 else inputs
        layer = layers[execution.unit]
        values[execution] = layer(inputs, training=training) if isinstance(layer, Mix) else layer(inputs)
    ticks = range(first, start_tick + num_frames)
    return first - start_tick, tf.stack([values[held(run[case.output], tick)] for tick in ticks], 1)


def layers_of(network):
    return {unit.name: unit.layer for unit in network.wiring.units}


def case_of(network):
    """The `Case` of a network's schedule: units, cut and clocks are taken over, delays are worked out anew."""
    from reference import Case

    found = network.schedule
    units = {u.name: (list(u.inputs), list(u.feedback)) for u in network.wiring.units}
    spans = {r.delay for u in found.units for r in u.reads if not r.feedback}
    skips = (
        "aligned"
        if max(spans) > 1 or any(r.delay and r.source == FRAME for u in found.units for r in u.reads)
        else "fresh"
    )
    return Case(
        units,
        {u.name: u.subnetwork for u in found.units},
        {u.name: u.period for u in found.units},
        {u.name: u.phase for u in found.units},
        skips,
        frozenset(u.name for u in found.units if u.every_tick),
    )


def assert_same(found, expected, rtol=1e-10, axis=1):
    """`found` equals `expected`, and would not if it were one frame late: so the comparison can fail."""
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    assert found.shape == expected.shape
    assert np.isfinite(found).all()
    scale = max(np.abs(expected).max(), 1e-3)
    np.testing.assert_allclose(found, expected, rtol=0, atol=rtol * scale)
    last = found.shape[axis] - 1
    assert last > 0, "one tick cannot tell a shift"
    late = np.abs(np.take(found, range(last), axis) - np.take(expected, range(1, last + 1), axis))
    assert late.max() > 100 * rtol * scale, "outputs one frame late would pass, too"
