"""Diagnostics of gradients."""

import keras
import numpy as np
import pytest

import mpvn
from sideways_tf import SidewaysModel, gradient_diagnostics, pseudo_gradients


def model(count=3, gradients="sideways"):
    keras.utils.set_random_seed(1)
    units, source = [], "frame"
    for name in ("a", "b", "c"):
        units.append(mpvn.Unit(name, keras.layers.Dense(4, "tanh"), [source]))
        source = name
    result = SidewaysModel(mpvn.VideoNetwork(units, (4,)).parallel(count), gradients)
    result.compile("sgd", "mse", targets_per="frame")
    return result


def clip(static=False):
    values = np.random.default_rng(0).normal(size=(2, 1 if static else 12, 4)).astype("float32")
    return np.repeat(values, 12, 1) if static else values


@pytest.mark.parametrize("gradients", ["sideways", "exact"])
def test_equal_to_the_gradients_themselves(gradients):
    trained, video = model(gradients=gradients), clip()
    found = gradient_diagnostics(trained, video, video)
    rules = {}
    for rule in ("sideways", "exact"):
        rules[rule] = pseudo_gradients(trained.network, video, video, "mse", rule, targets_per="frame")[1]
    for i in range(3):
        one, other = (np.concatenate([np.ravel(g) for g in rules[r][2 * i : 2 * i + 2]]) for r in rules)
        cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
        assert found[f"subnetwork{i}/cosine"] == pytest.approx(cosine, abs=1e-5)
        norm = np.linalg.norm(one if gradients == "sideways" else other)
        assert found[f"subnetwork{i}/norm"] == pytest.approx(norm, rel=1e-4)
        assert found[f"subnetwork{i}/staleness"] == (2 * (2 - i) if gradients == "sideways" else 0)
    assert found["subnetwork2/cosine"] == pytest.approx(1, abs=1e-5)
    assert found["subnetwork0/cosine"] < 0.9


def test_on_a_clip_that_stands_still_directions_agree():
    video = clip(static=True)
    found = gradient_diagnostics(model(), video, video)
    assert all(found[f"subnetwork{i}/cosine"] > 0.9999 for i in range(3))


def test_a_clip_that_is_too_short_is_one_line(one_line_error):
    one_line_error(lambda: gradient_diagnostics(model(), clip()[:, :3], clip()[:, :3]), "3 frames")


def test_a_clip_that_only_exact_gradients_can_use_has_norms_only():
    short = clip()[:, :3]
    found = gradient_diagnostics(model(gradients="exact"), short, short)
    assert found["subnetwork0/norm"] == found["subnetwork0/exact_norm"] > 0
    assert not any("cosine" in name for name in found)


def test_a_model_that_is_compiled_anew_is_measured_anew():
    trained, video = model(), clip()
    first = gradient_diagnostics(trained, video, video)
    trained.compile("sgd", "mae", targets_per="frame")
    second = gradient_diagnostics(trained, video, video)
    assert first["subnetwork0/exact_norm"] != pytest.approx(second["subnetwork0/exact_norm"], rel=1e-3)
    trained.network.wiring["a"].layer.trainable = False
    trained.compile("sgd", "mae", targets_per="frame")
    third = gradient_diagnostics(trained, video, video)
    assert "subnetwork0/norm" not in third
    assert third["subnetwork1/norm"] == pytest.approx(second["subnetwork1/norm"], rel=1e-5)
