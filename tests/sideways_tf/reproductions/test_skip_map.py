"""The axes of the map of Skip-Sideways, for a clip whose motion is known."""

import numpy as np
import pytest

from sideways_tf.reproductions.skip_map import motion_per_tick


def clip(steps, seen=1.0) -> np.ndarray:
    """Joints [1, 4, len(steps), 3] of which each goes by its step (x, y) per frame."""
    time = np.arange(4)[:, None, None]
    places = 10 + time * np.asarray(steps, float)
    return np.concatenate([places, np.full((4, len(steps), 1), seen)], axis=-1)[None]


def test_motion_is_the_mean_distance_per_tick():
    assert motion_per_tick(clip([(3, 4)])) == pytest.approx(5)
    assert motion_per_tick(clip([(3, 4), (0, 0), (-1, 0)])) == pytest.approx((5 + 0 + 1) / 3)
    # Over clips, too.
    both = np.concatenate([clip([(1, 0)]), clip([(0, 2)])])
    assert motion_per_tick(both) == pytest.approx(1.5)


def test_only_joints_that_both_frames_show_count():
    joints = clip([(3, 4), (0, 1)])
    joints[0, 2, 0, 2] = 0  # of three steps of the fast joint, two have a frame without it
    assert motion_per_tick(joints) == pytest.approx((1 * 5 + 3 * 1) / 4)
    joints[0, :, 0, 2] = 0
    assert motion_per_tick(joints) == pytest.approx(1)


def test_walkers_go_as_far_per_second_at_every_frame_rate(tmp_path):
    """So that half the frames per second are twice the motion per tick, but for joints that swing back."""
    from mpvn.data import sources

    motion = {}
    for fps in (10, 20):
        data = sources.walkers(
            num_frames=6,
            fps=fps,
            size=32,
            num_train=1,
            num_validation=0,
            num_test=32,
            classes="motion",
            data_dir=str(tmp_path),
        )
        _, joints = next(iter(data.batches("test", 32, annotation="joints")))
        motion[fps] = motion_per_tick(joints.numpy())
    assert 1.6 < motion[10] / motion[20] < 2.4
