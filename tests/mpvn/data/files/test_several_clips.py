"""Several clips of a video in evaluation: where they lie, in which order, and of which videos."""

import numpy as np
import pytest
from lists import refused

from mpvn.data.files.sampling import ClipSampling, middles
from mpvn.data.files.source import video_files
from mpvn.data.files.writer import VideoWriter
from mpvn.data.video_data import whole_clips

pytest.importorskip("av", reason="PyAV is not installed (the extra 'video')")

LENGTHS = {"a/0": 22, "a/1": 4, "b/0": 10, "b/1": 13}


@pytest.fixture(scope="module")
def greys(tmp_path_factory):
    """Frame i of a video is the grey 8 i + 20."""
    root = tmp_path_factory.mktemp("greys")
    for part in ("train", "test"):
        for name, length in LENGTHS.items():
            path = root / part / f"{name}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            with VideoWriter(path, 10, (32, 32)) as video:
                for index in range(length + (part == "train")):
                    video.write(np.full((32, 32, 3), 8 * index + 20, np.uint8))
    return root


def frames(dataset):
    numbers = [[round((float(frame.mean()) * 255 - 20) / 8) for frame in clip["video"].numpy()] for clip in dataset]
    return [(numbers[0], numbers[-1]) for numbers in numbers]


def test_middles():
    assert middles(10, 1) == [5] and middles(11, 1) == [5]
    assert middles(18, 3) == [3, 9, 15] and middles(0, 2) == [0, 0] and middles(1, 4) == [0, 0, 0, 0]


def test_clips_of_a_video_come_in_a_row(greys):
    data = video_files(str(greys), num_frames=4, size=16, test_clips=3)
    assert data.clips_per_video == 3
    clips = list(data.clips("test", False, 0, 0))
    # Of 22 frames, clips can begin at 0 to 18; the short one fills itself by a loop.
    assert frames(clips) == [
        (3, 6), (9, 12), (15, 18), (0, 3), (0, 3), (0, 3), (1, 4), (3, 6), (5, 8), (1, 4), (4, 7), (7, 10)
    ]  # fmt: skip
    assert [int(clip["label"]) for clip in clips] == [0] * 6 + [1] * 6
    assert dict(data.num_clips) == {"train": 4, "test": 4}
    # One clip is the middle one, as it is in reports during training.
    one = video_files(str(greys), num_frames=4, size=16)
    middle = frames(one.clips("test", False, 0, 0))
    assert middle == frames(clips)[1::3] and sorted(middle) == sorted(frames(data.some("test", 4, 0)))
    assert len(list(data.batches("test", 5))) == 3 and len(list(data.batches("train", 4, True).take(2))) == 2


def test_a_damaged_video_takes_all_its_clips_with_it(greys, tmp_path):
    data = video_files(str(greys), num_frames=4, size=16, test_clips=2)
    data.check(tmp_path)
    broken = greys / "test/b/0.mp4"
    content = broken.read_bytes()
    broken.write_bytes(b"nothing")
    try:
        clips = list(data.clips("test", False, 0, 0))
    finally:
        broken.write_bytes(content)
    assert [int(clip["label"]) for clip in clips] == [0, 0, 0, 0, 1, 1]


def test_frames_after_the_end_of_a_short_video_have_no_weight(greys):
    data = video_files(str(greys), num_frames=4, size=16, stride=3, short="mask", test_clips=2)
    clips = list(data.clips("test", False, 0, 0))
    # Of 4 frames, the first and the last are in reach; two more are shown as the last.
    assert frames(clips)[2:4] == [(0, 3), (0, 3)]
    weights = [clip["weight"].numpy().tolist() for clip in clips]
    assert weights == [[1] * 4] * 2 + [[1, 1, 0, 0]] * 2 + [[1] * 4] * 4
    video, label, weight = next(iter(data.batches("train", 4, training=True)))
    assert video.shape[:2] == weight.shape == (4, 4) and sorted(np.sum(weight, 1)) == [2, 4, 4, 4]
    assert len(next(iter(data.some_batches("test", 2, 2)))) == 3
    refused(lambda: whole_clips(lambda: data), "whole_clips", "mask")


def test_only_middle_clips_can_be_several():
    refused(lambda: ClipSampling(4, sampling="random", clips=2), "clips=2", "centre")
    refused(lambda: ClipSampling(4, sampling="centre", clips=0), "clips=0")
