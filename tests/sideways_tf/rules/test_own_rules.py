"""Two rules of a user's own, one without and one with a memory: each is a class, and works in both engines."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import mpvn
from sideways_tf import GradientRule, SidewaysModel, gradient_diagnostics, pseudo_gradients


@keras.saving.register_keras_serializable("tests")
class Halved(GradientRule):
    """Cotangents are halved at every register."""

    name = "halved"

    def change(self, cotangent, state):
        return cotangent / 2, state


@keras.saving.register_keras_serializable("tests")
class MeanOfTwo(GradientRule):
    """What arrives is the mean of the last two cotangents of an edge."""

    name = "mean_of_two"

    def initial_state(self, cotangent):
        return cotangent

    def change(self, cotangent, state):
        return (cotangent + state) / 2, cotangent


@keras.saving.register_keras_serializable("tests")
class Shift(keras.layers.Layer):
    """An identity with a weight that is added: the gradient of the weight is the cotangent itself."""

    def build(self, shape):
        self.shift = self.add_weight(shape=(shape[-1],), initializer="zeros", name="shift")

    def call(self, inputs):
        return inputs + self.shift


def identities(count=4, **options):
    names = [f"u{i}" for i in range(count)]
    units = [mpvn.Unit(n, Shift(dtype="float64"), [names[i - 1] if i else "frame"]) for i, n in enumerate(names)]
    return mpvn.VideoNetwork(units, (3,)).parallel(count, **options)


def total(targets, outputs):
    return tf.reduce_sum(outputs * targets, -1)


def clip(num_frames, seed=0):
    return np.random.default_rng(seed).normal(size=(1, num_frames, 3))


def norms(network, video, targets, rule, engine, **options):
    _, found = pseudo_gradients(network, video, targets, total, rule, engine, **options)
    return [float(np.linalg.norm(value)) for value in found]


@pytest.mark.parametrize("engine", ["ticked", "folded"])
def test_halved_at_every_register(engine):
    network, targets = identities(), np.ones((1, 12, 3))
    found = norms(network, clip(12), targets, Halved(), engine)
    plain = norms(network, clip(12), targets, "sideways", engine)
    assert np.allclose(np.array(found) / found[-1], [1 / 8, 1 / 4, 1 / 2, 1])
    assert np.allclose(plain, plain[-1])


@pytest.mark.parametrize("engine", ["ticked", "folded"])
def test_the_mean_of_the_last_two(engine):
    """The weights' gradients are the cotangents, those of the outputs are the targets: a moving average of these."""
    network, targets = identities(2), clip(9, seed=1)
    _, found = pseudo_gradients(network, clip(9), targets, total, MeanOfTwo, engine, per_tick=True)
    first, last = network.schedule.gamma_from["u0"], network.schedule.valid_from
    assert np.allclose(found[1][last:], targets[0, last:])
    arrived = np.concatenate([np.zeros((1, 3)), targets[0, last:-1]])
    averages = (arrived[1:] + arrived[:-1]) / 2
    assert np.allclose(found[0][first:], averages[: 9 - first])


@pytest.mark.parametrize("rule", [Halved(), MeanOfTwo()], ids=lambda rule: rule.name)
@pytest.mark.parametrize(
    "options", [{}, {"clocks": {"u1": 2, "u3": 4}}, {"clocks": {"u2": 2}, "phases": {"u2": 1, "u3": 0}}], ids=str
)
def test_alike_in_both_engines(rule, options):
    network, video, targets = identities(**options), clip(30), clip(30, seed=1)
    found = {}
    for engine in ("ticked", "folded"):
        for per_tick in (False, True):
            found[engine, per_tick] = pseudo_gradients(network, video, targets, total, rule, engine, per_tick=per_tick)
    for per_tick in (False, True):
        for ticked, folded in zip(found["ticked", per_tick][1], found["folded", per_tick][1], strict=True):
            assert np.abs(ticked - folded).max() < 1e-12
    sideways = pseudo_gradients(network, video, targets, total, "sideways", "folded")[1]
    assert np.abs(found["folded", False][1][0] - sideways[0]).max() > 1e-3


def test_a_model_trains_with_it_says_so_and_is_saved_with_it(tmp_path):
    network, video = identities(), clip(12).astype("float32")
    model = SidewaysModel(network, gradients=MeanOfTwo, engine="ticked")
    assert model.gradients == "mean_of_two" and model.name.startswith("mean_of_two")
    model.compile(keras.optimizers.SGD(0.1), total, targets_per="frame")
    before = [np.array(v) for v in network.trainable_variables]
    model.fit(video, np.ones((1, 12, 3)), verbose=0)
    assert all(np.abs(np.array(v) - b).max() > 1e-3 for v, b in zip(network.trainable_variables, before, strict=True))
    measures = gradient_diagnostics(model, tf.constant(video), tf.ones((1, 12, 3)))
    assert measures["subnetwork3/cosine"] == pytest.approx(1, abs=1e-5)
    model.save(tmp_path / "model.keras")
    assert type(keras.models.load_model(tmp_path / "model.keras", {"total": total}).rule) is MeanOfTwo


def test_gin_knows_it(tmp_path):
    import gin

    from sideways_tf.configurables import SidewaysModel as configured

    try:
        gin.external_configurable(Halved, name="halved_rule", module="tests")
        gin.parse_config("SidewaysModel.gradients = @halved_rule")
        assert isinstance(configured(identities()).rule, Halved)
    finally:
        gin.clear_config()


def test_what_is_no_rule_is_one_line(one_line_error):
    one_line_error(lambda: SidewaysModel(identities(), gradients="backwards"), "'backwards'", "'sideways'", "'exact'")
    one_line_error(lambda: pseudo_gradients(identities(), clip(9), clip(9), total, lambda: 3), "GradientRule")


class Late(GradientRule):
    """Cotangents stay in registers one tick longer."""

    name = "late"

    def route(self, read):
        return (read.delay + 1 if read.delay else 0), read.tap


class LateEverywhere(GradientRule):
    name = "late_everywhere"

    def route(self, read):
        return read.delay + 1, read.tap


class AtOnce(GradientRule):
    name = "at_once"

    def route(self, read):
        return 0, 0


class Nothing(GradientRule):
    name = "nothing"

    def route(self, read):
        return None


class Ones(GradientRule):
    name = "ones"

    def initial_state(self, cotangent):
        return tf.ones_like(cotangent)

    def change(self, cotangent, state):
        return cotangent + state, cotangent


class Moved(Ones):
    name = "moved"

    def change(self, cotangent, state):
        return cotangent, cotangent


class One(GradientRule):
    name = "one"

    def change(self, cotangent, state):
        return cotangent


def test_a_rule_may_let_cotangents_wait():
    network, video = identities(3), clip(12)
    found = [
        pseudo_gradients(network, video, video, total, Late(), engine=engine)[1] for engine in ("ticked", "folded")
    ]
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (LateEverywhere, ["late_everywhere.route", "the loss", "(1, 0)", "(0, 0)"]),
        (AtOnce, ["at_once.route", "'u0' to 'u1'", "(0, 0)", "from 1 on"]),
        (Nothing, ["nothing.route", "None", "(delay, tap)"]),
        (Ones, ["ones.change", "[[1.0, 1.0]]", "zeros"]),
        (Moved, ["moved.change", "initial state"]),
        (One, ["one.change", "next state"]),
    ],
)
def test_a_rule_that_would_part_the_engines_is_refused(one_line_error, rule, words):
    network, video = identities(3), clip(12)
    one_line_error(lambda: SidewaysModel(network, gradients=rule), *words)
    one_line_error(lambda: pseudo_gradients(network, video, video, total, rule()), *words)
