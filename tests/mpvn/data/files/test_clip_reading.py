"""Clips are found by time: what a player shows then, at the cost of the clip and not of what lies before it."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mpvn.data.files import clip_reading, frame_times
from mpvn.data.files.clip_reading import read_clip
from mpvn.data.files.reader import VideoError, VideoReader, count_frames
from mpvn.data.files.stretch import Stretch, StretchFrames

av = pytest.importorskip("av", reason="PyAV is not installed (the extra 'video')")

KEY_FRAMES_APART = 10
# Ending, encoder and options: with and without an index, with frames kept in the order of display and in another.
KINDS = {
    "h264.mp4": ("libx264", {"bf": "2"}),
    "simple.mp4": ("libx264", {"bf": "0"}),
    "open.mp4": ("libx264", {"bf": "3", "x264-params": "open-gop=1"}),
    "h264.mkv": ("libx264", {"bf": "2"}),
    "fragments.mp4": ("libx264", {"bf": "2"}),
    "h264.flv": ("libx264", {"bf": "2"}),
    "mpeg4.avi": ("mpeg4", {"bf": "0", "qscale": "2", "flags": "+qscale"}),
    "reordered.avi": ("mpeg4", {"bf": "2", "qscale": "2", "flags": "+qscale"}),
    "h264.avi": ("libx264", {"bf": "2"}),
    "vp9.webm": ("libvpx-vp9", {}),
    "vp8.webm": ("libvpx", {"b": "2M", "auto-alt-ref": "1", "lag-in-frames": "16"}),
    "mpeg2.mpg": ("mpeg2video", {"bf": "2", "qscale": "2", "flags": "+qscale"}),
    "h264.ts": ("libx264", {"bf": "2"}),
}
WITH_JUMPS = ("h264.mp4", "simple.mp4", "h264.mkv", "fragments.mp4", "h264.flv", "mpeg4.avi", "vp9.webm")


def write(path: Path, codec="libx264", options=(), times=None, num_frames=60, tag=None) -> Path:
    """A video whose frame i is the grey 10 + 4 i, at 25 frames per second or at given times."""
    container = {"movflags": "frag_keyframe+empty_moov"} if path.name.startswith("fragments") else {}
    with av.open(str(path), "w", container_options=container) as file:
        if tag:
            file.metadata["title"] = tag
        stream = file.add_stream(codec, rate=25, options={"g": str(KEY_FRAMES_APART), **dict(options)})
        stream.height, stream.width, stream.pix_fmt = 32, 48, "yuv420p"
        if times is not None:
            stream.codec_context.time_base = stream.time_base = Fraction(1, 3000)
        for index in range(num_frames if times is None else len(times)):
            frame = av.VideoFrame.from_ndarray(np.full((32, 48, 3), 10 + 4 * index, np.uint8), format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = round(3000 * times[index]), Fraction(1, 3000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def indices(clip: np.ndarray) -> list[int]:
    return [round((float(frame.mean()) - 10) / 4) for frame in clip]


@pytest.fixture(scope="module")
def videos(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("kinds")
    return {name: write(folder / name, *kind) for name, kind in KINDS.items()}


@pytest.mark.parametrize("name", KINDS)
def test_clips_from_anywhere_are_those_of_reading_it_all(videos, name):
    whole = list(VideoReader(videos[name]))
    assert len(frame_times.frame_times(videos[name])) == len(whole) == 60
    for start in (0, 1, 9, 10, 11, 25, 50, 57):
        clip = read_clip(videos[name], 2, stride=2, start=start)
        assert np.array_equal(clip[0], whole[start]) and np.array_equal(clip[1], whole[start + 2]), start
    with pytest.raises(VideoError, match="has 60 frames, but the clip needs 61"):
        read_clip(videos[name], 2, start=59)


@pytest.mark.parametrize("name", WITH_JUMPS)
def test_what_is_decoded_before_a_clip_begins_at_its_key_frame(videos, name, monkeypatch):
    decoded, count = clip_reading.decoded, []

    def counting(video):
        for frame in decoded(video):
            count.append(frame)
            yield frame

    with av.open(str(videos[name])) as file:
        keys = [index for index, frame in enumerate(file.decode(video=0)) if frame.key_frame]
    assert len(keys) >= 6
    monkeypatch.setattr(clip_reading, "decoded", counting)
    for start in (3, 25, 40, 49, 55):
        count.clear()
        read_clip(videos[name], 2, start=start)
        assert len(count) == start + 2 - max(key for key in keys if key <= start), start


def test_an_even_rate_needs_no_list_of_times(videos):
    for name in ("h264.mp4", "simple.mp4", "mpeg4.avi"):
        assert isinstance(frame_times.frame_times(videos[name]).ticks, range)


# 30 frames in the first second, 10 in the next.
UNEVEN = [k / 30 for k in range(30)] + [1 + k / 10 for k in range(10)]


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.mkv", "ffv1"), ("a.webm", "libvpx-vp9")])
def test_another_rate_is_what_a_player_shows_then(tmp_path, name, codec):
    path = write(tmp_path / name, codec, times=UNEVEN)
    for rate, num_frames, start in ((10, 15, 0), (10, 8, 11), (4, 8, 0), (60, 9, 30)):
        shown = [
            max(i for i, time in enumerate(UNEVEN) if time <= k / rate + 1e-3) for k in range(start, start + num_frames)
        ]
        assert indices(read_clip(path, num_frames, start=start, fps=rate)) == shown
    assert len(StretchFrames(frame_times.frame_times(path), fps=10)) == 20
    assert indices(read_clip(path, 4, stride=3, start=28)) == [28, 31, 34, 37]  # without a rate: the file's frames
    with VideoReader(path) as video:
        times = [video.time for _ in video]
    assert np.abs(np.array(times) - UNEVEN).max() < 2e-3


def test_frames_of_a_gif_are_shown_as_long_as_it_says(tmp_path):
    image = pytest.importorskip("PIL.Image")
    pictures = [image.fromarray(np.full((32, 48, 3), 10 + 4 * k, np.uint8)) for k in range(4)]
    path = tmp_path / "a.gif"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=[100, 500, 100, 900])
    assert indices(read_clip(path, 16, fps=10)) == [0] + 5 * [1] + [2] + 9 * [3]


def test_a_stretch_of_time_is_all_that_is_seen(videos):
    path, stretch = videos["h264.mp4"], Stretch(0.4, 0.8)  # frames 10 to 19
    assert indices(read_clip(path, 4, stride=3, stretch=stretch)) == [10, 13, 16, 19]
    assert indices(read_clip(path, 5, fps=12.5, stretch=stretch)) == [10, 12, 14, 16, 18]
    assert indices(read_clip(path, 12, stretch=stretch, pad="loop")) == [*range(10, 20), 10, 11]
    assert indices(read_clip(path, 12, stretch=stretch, pad="last")) == [*range(10, 20), 19, 19]
    assert indices(read_clip(path, 2, stretch=Stretch(2.0))) == [50, 51]
    with pytest.raises(VideoError, match=r"has 10 frames between 0\.4 and 0\.8 s, but the clip needs 11"):
        read_clip(path, 11, stretch=stretch)
    for pad in (None, "loop"):
        with pytest.raises(VideoError, match="has 0 frames between 9 and its end"):
            read_clip(path, 2, stretch=Stretch(9.0), pad=pad)


@pytest.mark.parametrize(("name", "codec"), [("a.avi", "mpeg4"), ("a.mp4", "libx264"), ("a.mkv", "libx264")])
def test_titles_may_be_in_any_encoding(tmp_path, name, codec):
    path = write(tmp_path / name, codec, num_frames=12, tag="caf@ noir")
    content = path.read_bytes()
    assert b"caf@ noir" in content
    path.write_bytes(content.replace(b"caf@ noir", b"caf\xe9 noir"))
    assert count_frames(path) == 12
    assert read_clip(path, 2, start=5).shape == (2, 32, 48, 3)


def test_a_codec_that_is_unknown_is_named(tmp_path):
    path = write(tmp_path / "a.avi", "mpeg4", num_frames=3)
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"Q9Z7"))
    for use in (VideoReader, count_frames, lambda path: read_clip(path, 2)):
        with pytest.raises(VideoError, match=r"a\.avi cannot be decoded: .* codec \(Q9Z7 "):
            use(path)


def test_rubbish_is_one_line_always(tmp_path):
    """Whatever bytes are changed, a clip comes or one line."""
    rng = np.random.default_rng(0)
    for name in ("a.mp4", "a.mkv", "a.avi"):
        content = bytearray(
            write(tmp_path / name, "mpeg4" if name == "a.avi" else "libx264", num_frames=20).read_bytes()
        )
        for case in range(25):
            broken = bytearray(content)
            for place in rng.integers(0, len(content), 1 + case):
                broken[place] = rng.integers(256)
            path = tmp_path / f"{case}{name}"
            path.write_bytes(broken if case % 3 else broken[: rng.integers(len(content))])
            try:
                assert read_clip(path, 3, start=case % 18).shape[0] == 3
            except VideoError as error:
                assert str(path) in str(error) and "\n" not in str(error)
