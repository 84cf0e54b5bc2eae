"""Learning from a stream while it comes in: the error falls, and who learns from how many frames."""

import itertools

import numpy as np
import pytest

from sideways_tf.stream_learning import METHODS, learn, made_streams

NUM_CLIPS, NUM_FRAMES = 8, 24
# The autoencoder has so many units: Sideways gives each a subnetwork, and blocking takes as many ticks each way.
UNITS = 6


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    return folder, {
        method: learn(
            method,
            learning_rate=1e-2,
            seed=0,
            num_clips=NUM_CLIPS,
            num_frames=NUM_FRAMES,
            size=16,
            width=0.25,
            batch=2,
            fps=25,
            data_dir=str(folder / "data"),
            pictures=str(folder / f"{method}.npz"),
        )
        for method in METHODS
    }


@pytest.mark.parametrize("method", METHODS)
def test_the_error_falls(learned, method):
    result = learned[1][method]
    curve = result["curve"]
    assert len(curve) == NUM_CLIPS and np.isfinite(curve).all()
    assert curve[-1] < 0.6 * curve[0]
    # What is reported is the last quarter of the stream.
    assert result["mse"] == pytest.approx(np.mean(curve[-NUM_CLIPS // 4 :]))
    assert result["psnr"] == pytest.approx(-10 * np.log10(result["mse"]), abs=1.5)


def test_who_learned_from_how_many_frames(learned):
    counts = {method: (result["learned"], result["missed"]) for method, result in learned[1].items()}
    whole = NUM_CLIPS * NUM_FRAMES
    assert counts["sideways"] == counts["backpropagation, every frame"] == (whole, 0)
    taken, missed = counts["backpropagation"]
    assert taken + missed == whole and taken == NUM_CLIPS * len(range(0, NUM_FRAMES, 2 * UNITS - 1))


def test_an_output_is_nearer_to_its_own_frame(learned):
    """Than to the one that arrives when it is there, of a moving picture."""
    for method in ("backpropagation", "backpropagation, every frame"):
        assert learned[1][method]["own_mse"] < learned[1][method]["mse"]


def test_pictures_are_of_the_last_clip(learned):
    folder, results = learned
    frames = {}
    for method in METHODS:
        stored = np.load(folder / f"{method}.npz")
        frames[method] = stored["frames"]
        assert stored["frames"].shape == stored["outputs"].shape == (1, NUM_FRAMES - UNITS + 1, 16, 16, 3)
    # All learn from the same stream.
    assert np.array_equal(frames["sideways"], frames["backpropagation"])
    error = np.mean((np.load(folder / "sideways.npz")["outputs"] - frames["sideways"]) ** 2)
    assert 0.3 * results["sideways"]["curve"][-1] < error < 3 * results["sideways"]["curve"][-1]


def test_a_stride_leaves_frames_out(monkeypatch):
    """Every third frame of a recording is a recording of these frames."""
    video = np.random.default_rng(0).random((1, 72, 16, 16, 3), np.float32)

    def recordings(every):
        class Recorded:
            def __init__(self, folder, size, shortest, longest):
                self.longest = longest

            def clips(self, batch, seed):
                return itertools.repeat(video[:, ::every][:, : self.longest])

        return Recorded

    shared = {
        "method": "backpropagation",
        "learning_rate": 1e-2,
        "seed": 0,
        "num_clips": 2,
        "num_frames": 24,
        "size": 16,
    }
    shared |= {"width": 0.1, "batch": 1, "fps": 25, "data_dir": "", "videos": "folder"}
    results = []
    for every, stride in ((1, 3), (3, 1)):
        monkeypatch.setattr("sideways_tf.stream_learning.Recordings", recordings(every))
        results.append(learn(**shared, stride=stride))
    assert results[0]["learned"] + results[0]["missed"] == 2 * 24
    assert results[0]["curve"] == pytest.approx(results[1]["curve"], rel=1e-4)


def test_a_stride_of_made_video_divides_its_rate(one_line_error):
    shared = {"num_clips": 1, "num_frames": 24, "size": 16, "batch": 1, "data_dir": ""}
    one_line_error(lambda: made_streams(**shared, fps=25, stride=2), "stride=2", "25 frames/s")
