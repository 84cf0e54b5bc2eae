"""Gradients of random wirings: both engines against a reference that goes execution by execution."""

import numpy as np
import pytest
import tensorflow as tf
from cases import cases
from gradient_reference import gradients as in_reference
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from reference import Case, first_valid, simulate
from tiny import layers_of, network_of, video

from sideways_tf import pseudo_gradients

# Examples are whole networks: few of them, and no search for smaller ones.
FEW = settings(
    max_examples=10,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def square(targets, outputs):
    return tf.reduce_mean((targets - outputs) ** 2, -1)


def check(case, rule, engines, latency=0, seed=0, longest=24):
    network = network_of(case, seed=seed, prediction_latency=latency)
    num_frames = max(network.schedule.gamma_from.values()) + 2 * case.hyper_period + 1
    assume(num_frames <= longest)
    clip, targets = video(num_frames), video(num_frames, seed=2)
    loss, expected = in_reference(case, layers_of(network), clip, targets, rule, latency)
    flat = [np.asarray(value) for name in network.schedule.names for value in expected[name]]
    scale = max(np.abs(value).max() for value in flat)
    assert scale > 1e-6
    for engine in engines:
        found_loss, found = pseudo_gradients(network, clip, targets, square, rule, engine)
        assert abs(float(found_loss) - loss) < 1e-12
        for variable, value, wanted in zip(network.trainable_variables, found, flat, strict=True):
            assert np.abs(value - wanted).max() < 1e-11 * scale, (engine, variable.path)
    return flat


def sized(case):
    assume(len(case.units) > 1 and case.hyper_period <= 4)
    first = first_valid(simulate(case, case.long)[case.output])
    assume(first <= 12)


@FEW
@given(cases(max_units=4), st.sampled_from(["sideways", "exact"]), st.integers(0, 2), st.integers(0, 99))
def test_cuts_clocks_phases_and_taps(case, rule, latency, seed):
    sized(case)
    check(case, rule, ("ticked", "folded"), latency, seed)


@FEW
@given(cases(feedback=True, max_units=3), st.sampled_from(["sideways", "exact"]), st.integers(0, 99))
def test_feedback(case, rule, seed):
    assume(any(feedback for _, feedback in case.units.values()))
    sized(case)
    check(case, rule, ("ticked",), seed=seed)


TAPS = {
    "one subnetwork": ({"a": 0, "b": 0}, {"a": 1, "b": 1}, {"a": 0, "b": 0}),
    "one subnetwork, slow": ({"a": 0, "b": 0}, {"a": 2, "b": 2}, {"a": 0, "b": 0}),
    "one subnetwork, a slow reader": ({"a": 0, "b": 0}, {"a": 1, "b": 2}, {"a": 0, "b": 1}),
    "two subnetworks": ({"a": 0, "b": 1}, {"a": 1, "b": 1}, {"a": 0, "b": 0}),
    "two subnetworks, slow": ({"a": 0, "b": 1}, {"a": 2, "b": 4}, {"a": 0, "b": 1}),
}


@pytest.mark.parametrize("inputs", [[("a", 1)], ["a", ("a", 1)], ["a", ("a", 2)], [("a", 1), ("a", 3)]], ids=str)
@pytest.mark.parametrize("where", TAPS)
def test_a_tap_returns_its_cotangent_so_many_executions_later(inputs, where):
    """Also inside a subnetwork: tap `j` goes to execution `q(t) + j`."""
    subnetwork, periods, phases = TAPS[where]
    case = Case({"a": (["frame"], []), "b": (inputs, [])}, subnetwork, periods, phases)
    sideways = check(case, "sideways", ("ticked", "folded"), longest=40)
    exact = check(case, "exact", ("ticked", "folded"), longest=40)
    assert np.abs(sideways[0] - exact[0]).max() > 1e-3 * np.abs(exact[0]).max(), "the rules must differ"


def test_a_reader_at_every_tick_inside_a_slow_subnetwork():
    """It reads the tap at ticks at which its source does not execute, too."""
    units = {"a": (["frame"], []), "b": (["a", ("a", 1)], []), "c": (["b", ("a", 1)], [])}
    case = Case(
        units,
        {"a": 0, "b": 0, "c": 0},
        {"a": 2, "b": 2, "c": 1},
        {"a": 1, "b": 1, "c": 0},
        every_tick=frozenset({"c"}),
    )
    check(case, "sideways", ("ticked", "folded"), longest=40)
    check(case, "exact", ("ticked", "folded"), longest=40)
