"""Pseudo-gradients of skip wirings: several cotangents per unit, in both engines."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from small import network, square, weights_of

import mpvn
from mpvn.transforms.skip_connections import with_skips
from sideways_tf import SidewaysModel, pseudo_gradients

VARIANTS = [("sum", 1), ("sum", "dense"), ("concat", 1), ("concat", "dense")]
BUILDERS = {
    "simple_cnn": lambda dtype: mpvn.networks.simple_cnn(5, (16, 16, 3), width=0.1, dtype=dtype),
    "vgg8": lambda dtype: mpvn.networks.vgg8(5, (32, 32, 3), width=0.02, dtype=dtype),
    "autoencoder": lambda dtype: mpvn.networks.autoencoder((16, 16, 3), width=0.05, dtype=dtype),
}


def clip(time, size, batch=2, static=False):
    frames = np.random.default_rng(0).uniform(size=(batch, 1 if static else time, size, size, 3))
    return np.repeat(frames, time, 1) if static else frames


def largest_error(found, expected):
    """Relative to the largest gradient of each subnetwork's variable, or of all where one vanishes."""
    found, expected = [np.asarray(v) for v in found], [np.asarray(v) for v in expected]
    whole = max(np.abs(v).max() for v in expected)
    return max(np.abs(a - b).max() / max(np.abs(b).max(), 1e-3 * whole) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("name", list(BUILDERS))
@pytest.mark.parametrize(("skip", "span"), VARIANTS)
def test_the_engines_agree(name, skip, span):
    for dtype, tolerance in (("float64", 1e-10), ("float32", 1e-5)):
        if dtype == "float32" and span == 1:
            continue  # the time is better spent on the wirings with most cotangents
        keras.utils.set_random_seed(0)
        base = BUILDERS[name](dtype)
        net = with_skips(base, skip, span).parallel(len(base.wiring))
        size = net.frame_shape[0]
        video = tf.constant(clip(max(net.schedule.gamma_from.values()) + 3, size), dtype)
        if name == "autoencoder":
            targets, loss = video, keras.losses.MeanSquaredError()
        else:
            targets, loss = np.array([1, 3]), keras.losses.SparseCategoricalCrossentropy(from_logits=True)

        def compute(engine):
            return pseudo_gradients(net, video, targets, loss, engine=engine)  # noqa: B023

        if name == "simple_cnn" and (skip, span) == ("concat", "dense"):  # to trace takes ten times as long as to run
            compute = tf.function(compute)
        ticked, folded = compute("ticked"), compute("folded")
        assert abs(float(ticked[0] - folded[0])) < tolerance
        assert largest_error(ticked[1], folded[1]) < tolerance
        if dtype == "float64":
            exact = pseudo_gradients(net, video, targets, loss, "exact", "folded")
            assert largest_error(exact[1], folded[1]) > 1e-3


@pytest.mark.parametrize(("skip", "span"), VARIANTS)
def test_on_a_static_clip_the_steady_state_is_exact(skip, span):
    keras.utils.set_random_seed(0)
    base = with_skips(mpvn.networks.simple_cnn(5, (8, 8, 3), width=0.1, dtype="float64"), skip, span)
    net, video = base.parallel(6), clip(24, 8, static=True)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    single = pseudo_gradients(net, video, np.array([1, 3]), loss, engine="ticked", per_tick=True)[1]
    exact = pseudo_gradients(base, video[:, :1], np.array([1, 3]), loss, "exact", "folded")[1]
    assert largest_error([np.asarray(v)[-1] for v in single], exact) < 1e-9


@pytest.mark.parametrize("span", [1, "dense"])
def test_sums_give_what_the_chain_rule_gives_by_hand(span):
    """One tanh layer per module, features summed: gradients of single ticks, written out for a clip."""
    chain = network("chain")
    net = with_skips(chain, "sum", span).parallel(5)
    names, weights = net.schedule.names, weights_of(net)
    reads = {unit.name: [read.source for read in unit.reads] for unit in net.schedule.units}
    time = 16
    rng = np.random.default_rng(1)
    video, targets = rng.normal(size=(2, time, 3)), rng.normal(size=(2, time, 4))
    found = pseudo_gradients(net, video, targets, square, per_tick=True)[1]

    zeros = np.zeros((2, 4))
    held = {name: [zeros] for name in names}  # values by tick, before the first tick zeros
    inputs = {name: [] for name in names}
    for t in range(time):
        for name in names:
            read = [video[:, t] if s == "frame" else held[s][t] for s in reads[name]]
            inputs[name].append(sum(read))
            held[name].append(np.tanh(inputs[name][-1] @ weights[name][0] + weights[name][1]))
    sent = {(s, name): [zeros] * (time + 1) for name in names for s in reads[name]}
    valid = {name: net.schedule.unit_valid_from(name) for name in names}
    grads = {name: [] for name in names}
    for t in range(time):
        for name in names:
            value = held[name][t + 1]
            if name == names[-1]:
                cotangent = 2 * (value - targets[:, t]) / 4 if t >= valid[name] else zeros
            else:
                cotangent = sum(sent[s, r][t] for s, r in sent if s == name)
            backward = cotangent * (1 - value**2)
            on = t >= net.schedule.gamma_from[name]
            grads[name].append((inputs[name][t].T @ backward if on else None, backward.sum(0) if on else None))
            for source in reads[name]:
                if source != "frame":
                    sent[source, name][t + 1] = (backward @ weights[name][0].T) if t >= valid[name] else zeros
    position = 0
    for name in names:
        for which in range(2):
            one = np.asarray(found[position])
            for t in range(net.schedule.gamma_from[name], time):
                np.testing.assert_allclose(one[t], grads[name][t][which] / 2, atol=1e-12)
            assert np.abs(one[: net.schedule.gamma_from[name]]).max(initial=0) == 0
            position += 1


def test_an_update_at_every_tick_learns_with_skips():
    model = SidewaysModel(with_skips(network("chain"), "concat", "dense").parallel(5), update="tick")
    model.compile(keras.optimizers.Adam(3e-3), square, targets_per="frame")
    video, targets = np.full((2, 40, 3), 0.5), np.full((2, 40, 4), 0.3)
    first, last = (model.fit(video, targets, verbose=0).history["loss"][0] for _ in range(2))
    assert last < 0.8 * first
