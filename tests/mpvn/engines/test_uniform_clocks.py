"""Uniform clocks are the sequential network at every k-th frame, its output held, in every way to run it."""

import numpy as np
import pytest

import mpvn
from mpvn.transforms.feedback import with_feedback

FRAMES = 21
KINDS = ("plain", "shift", "feedback", "shift and feedback", "temporal filters", "every_tick head")


@pytest.fixture(scope="module")
def networks():
    simple = mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1)
    shifted = mpvn.with_temporal_shift(simple, units=["conv2", "conv3", "head"])
    return {
        "plain": simple,
        "shift": shifted,
        "feedback": with_feedback(simple),
        "shift and feedback": mpvn.with_temporal_shift(with_feedback(simple), units=["conv1", "conv3"]),
        "temporal filters": mpvn.with_temporal_filters(simple),
        "every_tick head": mpvn.networks.with_keypoint_head(simple, heatmap_size=4),
    }


def held(net, video, period, late=0):
    """What the sequential network gives on every so manieth frame, held, and late by so many ticks."""
    outputs = net.run(video[:, ::period]).numpy()
    ticks = np.arange(video.shape[1])
    first = period * net.schedule.valid_from + late
    return outputs[:, np.maximum(0, ticks - late) // period], first


def streamed(net, video, chunk):
    stream = mpvn.Stream(net, batch_size=video.shape[0])
    if chunk == 1:
        return np.stack([stream.step(video[:, t]) for t in range(video.shape[1])], 1)
    return np.concatenate([stream.step_chunk(video[:, t : t + chunk]) for t in range(0, video.shape[1], chunk)], 1)


@pytest.mark.parametrize(("kind", "period"), [(kind, 2 + i % 2) for i, kind in enumerate(KINDS)])
def test_outputs_are_those_of_every_kth_frame(networks, kind, period):
    net = networks[kind]
    video = np.random.default_rng(0).uniform(size=(2, FRAMES, 16, 16, 3)).astype("float32")
    expected, first = held(net, video, period)
    clocked = net.parallel(clocks=period)
    assert clocked.schedule.valid_from == first
    assert {unit.period for unit in clocked.schedule.units} == {period}
    ways = {"ticked": clocked.run(video, engine="ticked"), "steps": streamed(clocked, video, 1)}
    ways["chunks"] = streamed(clocked, video, 7)
    if not clocked.schedule.has_feedback:
        ways["folded"] = clocked.run(video, engine="folded")
    for name, outputs in ways.items():
        np.testing.assert_allclose(np.asarray(outputs)[:, first:], expected[:, first:], atol=1e-5, err_msg=name)
    # It is neither the network at every frame nor that of another phase.
    assert np.abs(net.run(video).numpy()[:, first:] - expected[:, first:]).max() > 1e-4


@pytest.mark.parametrize("kind", ["plain", "shift", "every_tick head"])
def test_aligned_skips_are_late_by_the_other_subnetworks(networks, kind):
    net, video = networks[kind], np.random.default_rng(1).uniform(size=(1, FRAMES, 16, 16, 3)).astype("float32")
    expected, first = held(net, video, 4, late=2)
    clocked = net.parallel(3, clocks=4, skips="aligned")
    assert clocked.schedule.valid_from == first < FRAMES - 4
    for engine in ("folded", "ticked"):
        np.testing.assert_allclose(clocked.run(video, engine=engine)[:, first:], expected[:, first:], atol=1e-5)
    np.testing.assert_allclose(streamed(clocked, video, 1)[:, first:], expected[:, first:], atol=1e-5)
