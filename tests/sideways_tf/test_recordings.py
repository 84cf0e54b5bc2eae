"""Recordings as streams: order, crops, what is left out; and learning from them."""

import itertools

import numpy as np
import pytest

from mpvn.data.files.writer import VideoWriter
from sideways_tf.recordings import Recordings
from sideways_tf.stream_learning import METHODS, learn


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two videos of 30 and 14 frames, a short one, and a damaged one; grey says which it is, brighter with time."""
    folder = tmp_path_factory.mktemp("videos")
    for name, level, length in (("b.avi", 60, 14), ("a.avi", 20, 30), ("c.avi", 100, 5)):
        with VideoWriter(folder / name, 25, (24, 40)) as writer:
            for number in range(length):
                writer.write(np.full((24, 40, 3), level + number, np.uint8))
    (folder / "d.mp4").write_bytes(b"no video")
    return folder


def test_videos_in_order_and_again(folder, caplog):
    recordings = Recordings(folder, 16, shortest=12, longest=20)
    clips = list(itertools.islice(recordings.clips(batch=2, seed=0), 3))
    assert [clip.shape for clip in clips] == [(2, 20, 16, 16, 3), (2, 14, 16, 16, 3), (2, 20, 16, 16, 3)]
    for clip, level in zip(clips, (20, 60, 20), strict=True):
        for stream in clip:
            np.testing.assert_allclose(255 * stream[:, 8, 8, 0], level + np.arange(clip.shape[1]), atol=4)
    said = " ".join(record.getMessage() for record in caplog.records)
    assert "c.avi has 5 frames" in said and "d.mp4" in said


def test_crops_are_of_the_seed(folder):
    rng = np.random.default_rng(0)
    recordings = Recordings(folder, 16, 12, 20)
    recordings.videos = [rng.integers(0, 255, (12, 20, 30, 3), np.uint8)]
    first, same, other = (next(recordings.clips(2, seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, same) and not np.array_equal(first, other) and not np.array_equal(*first)


def test_no_video_is_left(folder, one_line_error):
    one_line_error(lambda: Recordings(folder, 16, 40, 100), "at least 40 frames")


@pytest.mark.parametrize("method", METHODS)
def test_learning_from_them(folder, method):
    found = learn(method, 1e-3, 0, 4, 14, 16, 0.1, 2, 25, data_dir="", videos=str(folder))
    assert found["learned"] + found["missed"] == 4 * 14 and (found["missed"] == 0) == (method != "backpropagation")
    assert len(found["curve"]) == 4 and np.isfinite(found["curve"]).all() and found["mse"] == found["curve"][-1]
