"""Tasks: targets, measures against plain NumPy, pictures."""

import numpy as np
import pytest
import tensorflow as tf

import mpvn
from mpvn.data.sources import VideoData
from mpvn.errors import InputError
from mpvn.runs.evaluation import evaluate
from mpvn.tasks import Action, FutureFrames, Reconstruction

DATA = VideoData(("hop", "run"), (16, 16, 3), 8, {}, None)


def video(batch=2, time=8, seed=0):
    return tf.constant(np.random.default_rng(seed).uniform(size=(batch, time, 16, 16, 3)), tf.float32)


def test_action_judges_a_clip_by_its_mean_logits():
    # The first clip is right at one tick of three, but that one weighs most.
    logits = tf.constant([[[9.0, 0.0], [0.0, 1.0], [0.0, 1.0]], [[9.0, 0.0], [0.0, 1.0], [0.0, 1.0]]])
    found = Action().measure(tf.constant([0, 1]), logits, None)
    assert list(found["accuracy"]) == [1, 0]
    ones, nine = np.log1p(np.exp(1.0)), np.log1p(np.exp(9.0))
    wanted = [(nine - 9 + 2 * ones) / 3, (nine + 2 * (ones - 1)) / 3]
    np.testing.assert_allclose(found["loss"], wanted, rtol=1e-4)


@pytest.mark.parametrize("options", [{}, {"prediction_latency": 2}, {"prediction_latency": 2, "streaming": True}])
def test_a_masked_end_counts_as_if_it_were_not_there(options):
    streaming = options.pop("streaming", False)
    layers = [tf.keras.layers.Dense(4), tf.keras.layers.GlobalAveragePooling2D(), tf.keras.layers.Dense(2)]
    units = [mpvn.Unit(f"u{n}", layer, [f"u{n - 1}" if n else "frame"]) for n, layer in enumerate(layers)]
    net = mpvn.VideoNetwork(units, (16, 16, 3)).parallel(3, **options)
    clips, labels, shown = video(batch=3), tf.constant([0, 1, 1]), [8, 5, 1]
    weights = tf.sequence_mask(shown, 8, tf.float32)
    masked = evaluate(Action(), {"net": net}, [(clips, labels, weights)], {}, None, streaming)["net"]
    # Of a frame that is shown, the output is there the latency later; a clip without any is taken as a whole.
    late = 0 if streaming else net.schedule.prediction_latency
    for clip, ticks in enumerate([8, 5 + late, 8 if 1 + late <= masked.first_tick else 1 + late]):
        alone = [(clips[clip : clip + 1, :ticks], labels[clip : clip + 1])]
        one = evaluate(Action(), {"net": net}, alone, {}, None, streaming)["net"]
        np.testing.assert_allclose(masked.scores[clip], one.scores[0], rtol=1e-4)
    plain = evaluate(Action(), {"net": net}, [(clips, labels)])["net"]
    assert not np.allclose(plain.scores[1], masked.scores[1]) and plain.means["loss"] != masked.means["loss"]
    with pytest.raises(InputError, match="mask"):
        evaluate(Reconstruction(), {"net": net}, [(clips, labels, weights)])


def test_reconstruction_measures_error_in_plain_numbers():
    frames, outputs = video(), video(seed=1)
    found = Reconstruction().measure(frames, outputs, None)
    squares = ((frames.numpy() - outputs.numpy()) ** 2).mean((2, 3, 4))
    np.testing.assert_allclose(found["mse"], squares.mean(1), rtol=1e-5)
    np.testing.assert_allclose(found["psnr"], (-10 * np.log10(squares)).mean(1), rtol=1e-4)
    same = Reconstruction().measure(frames, frames, None)
    np.testing.assert_allclose(same["ssim"], 1, atol=1e-5)
    assert (found["ssim"] < 0.5).all() and list(same["mse"]) == [0, 0]


@pytest.mark.parametrize("latency", [0, 2])
def test_frames_are_compared_with_the_frames_that_are_due(latency):
    class Same(Reconstruction):
        def measure(self, targets, outputs, frames):
            return {"mse": ((targets - outputs).numpy() ** 2).mean((1, 2, 3, 4))}

    units = [mpvn.Unit("same", tf.keras.layers.Identity(), ["frame"])]
    units.append(mpvn.Unit("again", tf.keras.layers.Identity(), ["same"]))
    units.append(mpvn.Unit("last", tf.keras.layers.Identity(), ["again"]))
    net = mpvn.VideoNetwork(units, (16, 16, 3)).parallel(3, prediction_latency=latency)
    batches = tf.data.Dataset.from_tensors((video(), tf.constant([0, 0])))
    error = evaluate(Same(), {"net": net}, batches)["net"].means["mse"]
    # The network is two frames late: with a prediction latency of two it is on time.
    assert error == 0 if latency == 2 else error > 0.1


def test_future_frames_are_later_ones():
    task, clip = FutureFrames(3), video()
    frames, targets = task.examples(clip, tf.constant([0, 0]))
    assert frames.shape[1] == targets.shape[1] == 5
    np.testing.assert_array_equal(targets, clip[:, 3:])
    np.testing.assert_array_equal(frames, clip[:, :5])


def test_moving_pixels_and_the_last_frame_are_measured_apart():
    rng = np.random.default_rng(0)
    frames = rng.uniform(0.3, 0.6, size=(2, 4, 16, 16, 3)).astype("float32")
    targets = frames.copy()
    targets[0, :, :5, :7] += 0.2  # what moves, in the first clip only
    outputs = targets + 0.1
    outputs[:, :, 8:] = targets[:, :, 8:]
    found = FutureFrames(1).measure(tf.constant(targets), tf.constant(outputs), tf.constant(frames))
    np.testing.assert_allclose(found["mse"], 0.01 / 2, rtol=1e-4)
    np.testing.assert_allclose(found["mse_moving"][0], 0.01, rtol=1e-4)
    np.testing.assert_allclose(found["copy_mse"], [0.04 * 35 / 256, 0], rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(found["copy_mse_moving"][0], 0.04, rtol=1e-4)
    assert np.isnan(found["mse_moving"][1]) and np.isnan(found["copy_mse_moving"][1])


def test_a_network_that_only_looks_is_as_good_as_the_last_frame():
    net = mpvn.VideoNetwork([mpvn.Unit("same", tf.keras.layers.Identity())], (16, 16, 3))
    batches = tf.data.Dataset.from_tensors((video(), tf.constant([0, 0])))
    means = evaluate(FutureFrames(2), {"net": net}, batches)["net"].means
    for name in ("mse", "psnr", "ssim", "mse_moving"):
        assert means[name] == pytest.approx(means[f"copy_{name}"])


@pytest.mark.parametrize("ahead", [0, -1, 1.5, True])
def test_how_far_ahead_is_a_whole_number(ahead, one_line_error):
    one_line_error(lambda: FutureFrames(ahead), f"ahead={ahead!r}", "at least 1")


def test_pictures_are_pictures():
    clip = video()[0].numpy()
    for task, target, outputs in (
        (Action(), 1, np.zeros((6, 2))),
        (Reconstruction(), clip, clip[2:]),
    ):
        picture = task.picture(DATA, clip, target, outputs)
        assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.std() > 5


def test_words_for_a_live_output():
    words, picture = Action().live(DATA, video()[0, 0].numpy(), np.array([0.0, 3.0]))
    assert words == "run 95%" and picture is None
    frame = video()[0, 0].numpy()
    words, picture = Reconstruction().live(DATA, frame, frame + 0.1)
    assert words == "MSE 0.0100  PSNR 20.0 dB" and picture.shape == frame.shape
