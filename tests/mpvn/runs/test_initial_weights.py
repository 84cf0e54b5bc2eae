"""A sequential network's weights in clocked, shifted and filtered ones."""

import numpy as np
import pytest

import mpvn
from mpvn.runs.initial_weights import take

KINDS = (".keras", ".weights.h5")


@pytest.fixture(scope="module")
def sequential(tmp_path_factory):
    """A network, and its weights in files of both kinds."""
    folder, net = tmp_path_factory.mktemp("weights"), mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1)
    net.save(folder / "net.keras")
    net.save_weights(folder / "net.weights.h5")
    return net, folder


def other():
    return mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "change",
    [
        lambda net: net.parallel(clocks=4),
        lambda net: net.parallel(6, clocks="halving"),
        lambda net: mpvn.with_temporal_shift(net).parallel(3, clocks="halving"),
        lambda net: mpvn.with_temporal_shift(net, units=["conv1", "head"]),
    ],
    ids=["uniform", "halving", "shift", "shift of named units"],
)
def test_all_weights_are_taken_where_shapes_agree(sequential, change, kind):
    net, folder = sequential
    changed = change(other())
    taken = take(changed, str(folder / f"net{kind}"))
    assert len(taken.taken) == len(net.weights) and not (taken.other_shape or taken.not_there or taken.not_used)
    for mine, theirs in zip(changed.weights, net.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("kind", KINDS)
def test_filters_leave_what_has_another_shape(sequential, kind):
    net, folder = sequential
    filtered = mpvn.with_temporal_filters(other())
    taken = take(filtered, str(folder / f"net{kind}"))
    # The kernels of conv1, conv3 and conv5 reach over two inputs; their biases fit.
    assert len(taken.other_shape) == 3 and len(taken.taken) == len(net.weights) - 3
