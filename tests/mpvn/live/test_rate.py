"""Frames of a recording by time: those that a clip of it has."""

from fractions import Fraction

import numpy as np
import pytest

from mpvn.data.files.clip_reading import read_clip
from mpvn.data.files.frame_times import frame_times
from mpvn.data.files.picture import Look
from mpvn.data.files.reader import VideoReader
from mpvn.data.files.stretch import StretchFrames
from mpvn.layers.viewing import Viewing
from mpvn.live.rate import as_evaluated

av = pytest.importorskip("av", reason="PyAV is not installed (the extra 'video')")


def write(path, ticks, unit=Fraction(1, 1000), size=(24, 40)):
    """Frames at times of one's own; frame i is the grey 10 + 4 i, with a border."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=30, options={"crf": "5", "bf": "2"})
        stream.height, stream.width, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.time_base = unit
        for index, tick in enumerate(ticks):
            picture = np.full((*size, 3), 10 + 4 * index, np.uint8)
            picture[:2] = 255
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = tick, unit
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


EVEN = [round(1000 * k / 30) for k in range(30)]
UNEVEN = np.cumsum([0, 33, 33, 200, 33, 10, 10, 10, 450, 33, 33, 100, 33, 33, 33, 33]).tolist()


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize(("ticks", "fps", "stride"), [(EVEN, 10, 1), (EVEN, 12, 2), (UNEVEN, 15, 1), (UNEVEN, 50, 3)])
def test_frames_are_those_of_an_evaluation(tmp_path, ending, ticks, fps, stride):
    path = tmp_path / f"a.{ending}"
    write(path, ticks)
    viewing = Viewing(size=16, short_side=18, fps=fps, stride=stride)
    with VideoReader(path) as reader:
        moments = list(as_evaluated(iter(reader.next_shot, None), viewing))
        shown = [moment.shot.picture(18) for moment in moments]
    count = len(range(0, len(StretchFrames(frame_times(path), fps=fps)), stride))
    assert abs(len(shown) - count) <= 1  # not every file says how long the last frame is shown
    count = min(count, len(shown))
    evaluated = read_clip(path, count, stride, fps=fps, look=Look(short_side=18))
    np.testing.assert_array_equal(np.stack(shown[:count]), evaluated)
    assert [moment.seconds for moment in moments] == pytest.approx([k * stride / fps for k in range(len(moments))])


@pytest.mark.parametrize("viewing", [None, Viewing(16, 18), Viewing(16, 18, stride=3)])
def test_without_a_rate_frames_are_counted(tmp_path, viewing):
    write(tmp_path / "a.mp4", UNEVEN)
    with VideoReader(tmp_path / "a.mp4") as reader:
        moments = list(as_evaluated(iter(reader.next_shot, None), viewing))
    times = UNEVEN[:: viewing.stride if viewing else 1]
    assert [moment.seconds for moment in moments] == pytest.approx([t / 1000 for t in times], abs=1e-3)
