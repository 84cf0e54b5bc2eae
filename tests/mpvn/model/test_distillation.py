"""Activations at every tick, and the loss of distillation."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from reference import first_valid, held, simulate
from tiny import case_of, dense_network, video

from mpvn import Distillation
from mpvn.model.distillation import matched_units

UNITS = ["a", "c", "d"]
CLOCKS = {"a": 1, "b": 2, "c": 2, "d": 4, "head": 4}


def activations_by_hand(network, clip):
    """{unit name: (first valid tick, values [batch, ticks, ...])}, execution by execution."""
    case, layers = case_of(network), {unit.name: unit.layer for unit in network.wiring.units}
    run = simulate(case, clip.shape[1])
    values = {}
    for execution in sorted((e for es in run.values() for e in es), key=lambda e: (e.tick, case.names.index(e.unit))):
        if execution.valid:
            inputs = [clip[:, read] if isinstance(read, int) else values[read] for read in execution.reads]
            values[execution] = layers[execution.unit](inputs[0] if len(inputs) == 1 else inputs)
    found = {}
    for name in case.names:
        first = first_valid(run[name])
        found[name] = first, np.stack([values[held(run[name], t)] for t in range(first, clip.shape[1])], 1)
    return found


@pytest.mark.parametrize("engine", ["folded", "ticked"])
@pytest.mark.parametrize("options", [{}, {"num_subnetworks": 3}, {"num_subnetworks": 5, "clocks": CLOCKS}])
def test_activations_are_what_units_hold(options, engine, monkeypatch):
    network = dense_network().parallel(**options)
    clip = video(24)
    expected = activations_by_hand(network, clip)
    if engine == "ticked":
        monkeypatch.setattr(type(network.schedule), "has_feedback", property(lambda self: True))
    outputs, values = network.activations(clip, ["d", "a", "c"])
    assert list(values) == ["d", "a", "c"]
    for name, found in (values | {"head": outputs}).items():
        first, wanted = expected[name]
        assert not np.any(found[:, :first])
        np.testing.assert_allclose(found[:, first:], wanted, atol=1e-12)
        assert np.abs(np.diff(wanted, axis=1)).max() > 1e-3


def mismatch_by_hand(student, teacher, clip, latency, only_executions=False):
    learned, taught = activations_by_hand(student, clip), activations_by_hand(teacher, clip)
    total = 0
    for name in UNITS:
        first = max(learned[name][0], taught[name][0] + latency)
        a = learned[name][1][:, first - learned[name][0] :]
        a_hat = taught[name][1][:, first - latency - taught[name][0] :][:, : a.shape[1]]
        kept = [t for t in range(a.shape[1]) if not only_executions or student.schedule.executes(name, first + t)]
        total += np.mean(((a - a_hat)[:, kept] ** 2).sum(-1) / a.shape[-1]) / len(UNITS)
    return total


@pytest.mark.parametrize(("latency", "only_executions"), [(0, False), (2, False), (0, True), (1, True)])
def test_the_loss_is_that_of_the_paper(latency, only_executions):
    student = dense_network(seed=1).parallel(5, clocks=CLOCKS, prediction_latency=latency)
    teacher = dense_network(seed=2)
    clip, targets = video(30), np.random.default_rng(0).normal(size=(2, 30, 2))
    model = Distillation(student, teacher, UNITS, weight=10.0, only_executions=only_executions)
    model.compile(keras.optimizers.SGD(0.0), "mse", targets_per="frame")
    logs = model.train_on_batch(clip, targets, return_dict=True)
    plain = student.parallel(5, clocks=CLOCKS, prediction_latency=latency)
    plain.compile(keras.optimizers.SGD(0.0), "mse", targets_per="frame")
    own = plain.evaluate(clip, targets, verbose=0)
    expected = mismatch_by_hand(student, teacher, clip, latency, only_executions)
    assert logs["mismatch"] == pytest.approx(expected, rel=1e-5)
    assert logs["loss"] == pytest.approx(own + 10 * expected, rel=1e-5)
    # What is evaluated is the task alone.
    assert model.evaluate(clip, targets, verbose=0, return_dict=True)["loss"] == pytest.approx(own, rel=1e-5)


def test_a_student_that_is_its_teacher_has_nothing_to_learn_from_it():
    network = dense_network()
    model = Distillation(network, network.parallel(1), UNITS)
    model.compile("sgd", "mse", targets_per="frame")
    clip = video(8)
    assert model.train_on_batch(clip, np.zeros((2, 8, 2)), return_dict=True)["mismatch"] == 0


def test_the_student_learns_and_the_teacher_does_not():
    student, teacher = dense_network(seed=1).parallel(3), dense_network(seed=2)
    before = [v.numpy() for v in teacher.weights]
    model = Distillation(student, teacher, UNITS, weight=1.0)
    model.compile(keras.optimizers.Adam(0.02), lambda y, p: 0 * tf.reduce_mean(p, -1), targets_per="frame")
    clip = np.repeat(video(1), 12, axis=1)  # what stands still can be matched
    history = model.fit(clip, np.zeros((2, 12, 2)), epochs=150, verbose=0).history["mismatch"]
    assert history[-1] < 0.05 * history[0]
    for one, other in zip(before, teacher.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert {id(v) for v in model.trainable_variables} == {id(v) for v in student.trainable_variables}


def test_three_units_are_matched_by_default():
    assert matched_units(dense_network()) == ["a", "b", "d"]
    assert Distillation(dense_network(), dense_network(seed=1)).units == ("a", "b", "d")


def test_bad_pairs_are_one_line(one_line_error):
    student = dense_network()
    one_line_error(lambda: Distillation(student, dense_network(), ["a", "z"]), "'z'", "student")
    one_line_error(lambda: Distillation(student, dense_network(classes=3), ["head"]), "[2]", "[3]")
    one_line_error(lambda: Distillation(student, dense_network(), []), "at least one")
    one_line_error(lambda: Distillation(student, dense_network(), weight=-1), "weight=-1")
    one_line_error(lambda: student.activations(video(8), ["z"]), "'z'", "a, b, c")
    model = Distillation(student.parallel(5), dense_network())
    model.compile("sgd", "mse", targets_per="frame")
    one_line_error(lambda: model.fit(video(4), np.zeros((2, 4, 2))), "4 frames", "5")
