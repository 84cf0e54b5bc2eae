"""`mpvn.stream`: frames of files and iterables in, the outputs of the whole clip out; and nothing is left behind."""

import gc
import os
import threading

import keras
import numpy as np
import pytest

import mpvn
from mpvn.data.files.reader import VideoReader
from mpvn.data.files.writer import VideoWriter

SIZE, FRAMES = 16, 12


@pytest.fixture(scope="module")
def network():
    conv = keras.layers.Conv2D(4, 3, 2, activation="tanh")
    units = [mpvn.Unit("conv", conv), mpvn.Unit("flat", keras.layers.Flatten(), ["conv"])]
    units.append(mpvn.Unit("head", keras.layers.Dense(3), ["flat"]))
    return mpvn.VideoNetwork(units, (SIZE, SIZE, 3)).parallel(3, clocks={"head": 2})


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A file, and its frames as they are read."""
    path = tmp_path_factory.mktemp("live") / "clip.mp4"
    rng = np.random.default_rng(0)
    with VideoWriter(path, 25, (SIZE, SIZE)) as writer:
        for _ in range(FRAMES):
            writer.write(np.kron(rng.integers(0, 256, (4, 4, 3)), np.ones((4, 4, 1))).astype("uint8"))
    with VideoReader(path) as reader:
        return path, np.stack(list(reader))


def check(outputs, network, video):
    """That outputs and validity are those of the whole clip."""
    wanted, first = network.run(video[np.newaxis])[0], network.schedule.valid_from
    assert [out.index for out in outputs] == list(range(len(video)))
    assert [out.valid for out in outputs] == [index >= first for index in range(len(video))]
    found = np.stack([out.output for out in outputs])
    np.testing.assert_allclose(found[first:], wanted[first:], atol=1e-5)
    assert np.abs(found[first:-1] - wanted[first + 1 :]).max() > 1e-2, "one frame late would pass, too"


def test_a_file(network, clip):
    path, video = clip
    outputs = list(mpvn.stream(path, network))
    check(outputs, network, (video / 255).astype("float32"))
    np.testing.assert_array_equal(np.stack([out.frame for out in outputs]), video)
    np.testing.assert_allclose(outputs[3].fitted, video[3] / 255, atol=1e-6)
    assert all(out.seconds > 0 for out in outputs)


def test_arrays(network, clip):
    _, video = clip
    floats = (video / 255).astype("float32")
    check(list(mpvn.stream(iter(floats), network, executions="live")), network, floats)
    check(list(mpvn.stream(list(video), network)), network, floats)


def test_pictures_of_another_size_are_cut_out_of_the_middle(network, clip):
    _, video = clip
    wider = np.pad(video, [(0, 0), (0, 0), (8, 8), (0, 0)])
    check(list(mpvn.stream(wider, network)), network, (video / 255).astype("float32"))
    outputs = list(mpvn.stream(wider.repeat(2, 1).repeat(2, 2), network))
    fitted = np.stack([out.fitted for out in outputs])
    assert np.abs(fitted - video / 255).mean() < 0.1 < np.abs(fitted - video[::-1] / 255).mean()
    check(outputs, network, fitted)


def test_frames_that_are_no_pictures():
    network = mpvn.VideoNetwork([mpvn.Unit("a", keras.layers.Dense(2))], (5,)).parallel(1)
    video = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    check(list(mpvn.stream(video, network)), network, video)


def test_nothing_is_traced_in_the_loop(network, clip):
    with mpvn.stream(clip[0], network) as live:
        next(live)
        traces = live.stream.num_traces
        assert len(list(live)) == FRAMES - 1
        assert live.stream.num_traces == traces == network.schedule.hyper_period


def threads():
    """Of Python, and all of this process: PyAV's own are not Python's."""
    gc.collect()
    return threading.active_count(), len(os.listdir("/proc/self/task"))


def test_a_loop_that_is_left_leaves_nothing(network, clip, monkeypatch):
    """By `break`, by an error or at the end, with `with` and without it."""
    closed, close = [], VideoReader.close
    monkeypatch.setattr(VideoReader, "close", lambda reader: (closed.append(reader), close(reader)))
    list(mpvn.stream(clip[0], network))  # TensorFlow starts its own
    before = threads()

    def by_break():
        for out in mpvn.stream(clip[0], network):
            if out.index == 2:
                break

    def by_with():
        with mpvn.stream(clip[0], network) as live:
            next(live)
        assert next(live, None) is None

    def by_error():
        for _ in mpvn.stream(clip[0], network):
            raise KeyError

    def at_the_end():
        list(mpvn.stream(clip[0], network))

    for leave in (by_break, by_with, by_error, at_the_end):
        closed.clear()
        if leave is by_error:
            with pytest.raises(KeyError):
                leave()
        else:
            leave()
        assert closed, leave.__name__
        assert threads() == before, leave.__name__


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nowhere.mp4", ["nowhere.mp4"]),
        ("camera:77", ["camera:77"]),
        (3, ["source=3", "camera:N"]),
        ([np.zeros((4, 4))], ["[4, 4]", "[16, 16, 3]"]),
        ([np.zeros((4, 4, 1))], ["[4, 4, 1]", "[16, 16, 3]"]),
        ([np.zeros((4, 4, 3), "int64")], ["int64", "uint8"]),
    ],
)
def test_what_cannot_be_streamed_is_refused(one_line_error, network, source, words):
    one_line_error(lambda: list(mpvn.stream(source, network)), *words)


def test_a_bundle(network, clip, tmp_path, one_line_error):
    path, video = clip
    mpvn.export(network, tmp_path / "one", formats=["litert"], frames_per_call=1)
    runtime = mpvn.Runtime(tmp_path / "one")
    check(list(mpvn.stream(path, runtime)), network, (video / 255).astype("float32"))
    with pytest.warns(UserWarning, match=r"\[0, 1\]: divide") as caught:
        mpvn.Runtime(tmp_path / "one").step(video[:1].astype("float32"))
    assert caught[0].filename == __file__  # the line of whoever gave the frames
    mpvn.export(network, tmp_path / "two", formats=["litert"], frames_per_call=1, batch_size=2)
    one_line_error(lambda: mpvn.stream(path, mpvn.Runtime(tmp_path / "two")), "2 streams", "batch_size=1")
