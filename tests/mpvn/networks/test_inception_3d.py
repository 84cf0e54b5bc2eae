"""The non-causal reference over whole clips."""

import numpy as np
import pytest
import tensorflow as tf

from mpvn import networks
from mpvn.data import sources


@pytest.fixture(scope="module")
def net():
    return networks.inception_3d(5, (16, 32, 32, 3), width=0.1)


def test_channels_and_resolutions_are_those_of_par_inception(net):
    flat = networks.par_inception(5, (32, 32, 3), width=0.1)
    assert net.wiring.names == flat.wiring.names
    for name in net.wiring.names:
        assert net.value_spec(name).shape[-3:] == flat.value_spec(name).shape[-3:]
    # 8 times fewer steps in time, as in I3D.
    assert [net.value_spec(name).shape[1] for name in ("conv1", "mixed_3c", "mixed_4f", "mixed_5c")] == [8, 8, 4, 2]


def test_early_features_know_late_frames(net):
    clip = np.random.default_rng(0).uniform(size=(1, 1, 16, 32, 32, 3)).astype("float32")
    other = clip.copy()
    other[:, :, 12:] = 1 - other[:, :, 12:]
    (_, one), (_, two) = (net.activations(c, ["mixed_4b"]) for c in (clip, other))
    assert np.abs(one["mixed_4b"] - two["mixed_4b"])[:, 0, 0].max() > 1e-4
    assert net(clip).shape == (1, 1, 5)


def test_a_clip_is_a_frame(tmp_path):
    options = dict(num_frames=4, size=16, num_train=12, num_validation=0, num_test=12, data_dir=str(tmp_path))
    data = sources.whole_clips(lambda: sources.walkers(**options))
    assert data.frame_shape == (4, 16, 16, 3) and data.num_frames == 1 and data.groups
    whole, labels = next(iter(data.batches("test", 3)))
    plain, same = next(iter(sources.walkers(**options).batches("test", 3)))
    assert whole.shape == (3, 1, 4, 16, 16, 3)
    np.testing.assert_array_equal(whole[:, 0], plain)
    tf.debugging.assert_equal(labels, same)
