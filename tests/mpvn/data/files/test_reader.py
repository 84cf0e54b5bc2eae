"""Reading and writing video files: what is written comes back, and what is wrong is said in one line."""

import os
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpvn.data.files import named_source
from mpvn.data.files.clip_reading import read_clip
from mpvn.data.files.decoding import decoded
from mpvn.data.files.opening import open_video
from mpvn.data.files.reader import VideoError, VideoReader, count_frames
from mpvn.data.files.resampling import resample, resampled_length
from mpvn.data.files.writer import ENCODERS, VideoWriter
from mpvn.errors import InputError

av = pytest.importorskip("av", reason="PyAV is not installed (the extra 'video')")

TRUE_FRAMES = {
    "demo.mp4": (280, (256, 340), 28),
    "test.mp4": (300, (256, 340), 30),
    "demo_skeleton.mp4": (72, (1080, 1920), 2160 / 77),
    "flipping_a_pancake.mkv": (310, (240, 426), 30),
    "v_CricketShot_g04_c01_rgb.gif": (79, (224, 224), 25),
    "video_90.mov": (3, (568, 320), 30),
}

# A tkhd box keeps the matrix a b u, c d v, x y w as nine 32-bit numbers.
ONE = 1 << 16


def matrix(a: int, b: int, c: int, d: int) -> bytes:
    return np.array([a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30], ">i4").tobytes()


def write(path: Path, num_frames: int, size=(32, 48), fps=25) -> Path:
    """A video whose frame i is the grey 10 + 8 i."""
    with VideoWriter(path, fps, size) as video:
        for index in range(num_frames):
            video.write(np.full((*size, 3), 10 + 8 * index, np.uint8))
    return path


def indices(frames) -> list[int]:
    """The frame numbers that `write` put into the grey."""
    return [round((float(np.mean(frame)) - 10) / 8) for frame in frames]


def textured(num_frames: int) -> list[np.ndarray]:
    """Frames [96, 128, 3] of moving blocks, which take many bytes."""
    blocks = np.random.default_rng(0).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    return [np.roll(blocks.repeat(8, 0).repeat(8, 1), 3 * index, axis=1) for index in range(num_frames)]


def one_line(error: pytest.ExceptionInfo, *parts: object) -> None:
    message = str(error.value)
    assert "\n" not in message
    for part in parts:
        assert str(part) in message


@pytest.fixture(scope="session")
def real_videos() -> Path:
    folder = os.environ.get("MPVN_TEST_VIDEOS")
    if not folder:
        pytest.skip("MPVN_TEST_VIDEOS does not name the folder of real test videos")
    return Path(folder)


@pytest.mark.parametrize("ending", ENCODERS)
@pytest.mark.parametrize("fps", [25, Fraction(30000, 1001)])
def test_every_format_gives_back_frames_rate_and_size(tmp_path, ending, fps):
    with VideoWriter(tmp_path / f"a{ending}", fps, (32, 48)) as video:
        if not any(video._has_encoder(name) for name in ENCODERS[ending]):
            pytest.skip(f"this FFmpeg has no encoder for {ending}")
        for index in range(20):
            video.write(np.full((32, 48, 3), 10 + 8 * index, np.uint8))
    with VideoReader(tmp_path / f"a{ending}") as video:
        assert video.size == (32, 48)
        assert video.num_frames == 0
        frames = list(video)
        assert video.num_frames == 20
        # A GIF keeps hundredths of a second, so 29.97 becomes the nearest it has.
        assert video.fps == pytest.approx(float(fps) if ending != ".gif" or fps == 25 else 100 / 3)
    assert all(frame.shape == (32, 48, 3) and frame.dtype == np.uint8 for frame in frames)
    assert indices(frames) == list(range(20))
    assert os.listdir(tmp_path) == [f"a{ending}"]


@pytest.mark.parametrize("ending", ENCODERS)
@pytest.mark.parametrize("fps", [Fraction(14985000, 500333), 12.345678, Fraction(1000, 33), Fraction(1, 3), 240])
def test_every_format_takes_uneven_rates(tmp_path, ending, fps):
    path = write(tmp_path / f"a{ending}", 7, fps=fps)
    with VideoReader(path) as video:
        assert len(list(video)) == 7
    with av.open(str(path)) as container:
        shown = container.duration / av.time_base
    # A GIF has no rate above 100 frames per second.
    assert shown == pytest.approx(7 / (min(fps, 100) if ending == ".gif" else fps), rel=0.04)


def test_colours_are_rgb_and_places_are_kept(tmp_path):
    picture = np.zeros((32, 48, 3), np.uint8)
    picture[:16, :24, 0] = 255
    picture[:16, 24:, 1] = 255
    picture[16:, :24, 2] = 255
    with VideoWriter(tmp_path / "a.mp4", 25, (32, 48)) as video:
        video.write(picture)
    (read,) = VideoReader(tmp_path / "a.mp4")
    assert np.abs(read[8, 12].astype(int) - [255, 0, 0]).max() < 8
    assert np.abs(read[8, 36].astype(int) - [0, 255, 0]).max() < 8
    assert np.abs(read[24, 12].astype(int) - [0, 0, 255]).max() < 8
    assert np.abs(read[24, 36].astype(int)).max() < 8


def test_odd_sizes_grow_to_even_ones_by_copying_the_edge(tmp_path):
    picture = np.zeros((33, 47, 3), np.uint8)
    picture[-1] = picture[:, -1] = 200
    with VideoWriter(tmp_path / "a.mkv", 25, (33, 47)) as video:
        video.write(picture)
    (read,) = VideoReader(tmp_path / "a.mkv")
    assert read.shape == (34, 48, 3)
    assert read[33].mean() > 180 and read[:, 47].mean() > 180 and read[:30, :44].mean() < 10


@pytest.mark.parametrize(
    ("tag", "turns"),
    [(matrix(0, 1, -1, 0), -1), (matrix(-1, 0, 0, -1), 2), (matrix(0, -1, 1, 0), 1), (matrix(1, 0, 0, 1), 0)],
)
def test_a_rotation_tag_is_honoured(tmp_path, tag, turns):
    picture = np.zeros((32, 48, 3), np.uint8)
    picture[:16, :24] = 255  # the corner at the top left as stored
    with VideoWriter(tmp_path / "a.mov", 25, (32, 48)) as video:
        video.write(picture)
    content = (tmp_path / "a.mov").read_bytes()
    place = content.index(matrix(1, 0, 0, 1), content.index(b"tkhd"))
    (tmp_path / "b.mov").write_bytes(content[:place] + tag + content[place + 36 :])
    upright = np.rot90(picture, turns)
    with VideoReader(tmp_path / "b.mov") as video:
        assert video.size == upright.shape[:2]
        (read,) = video
    assert read.shape == upright.shape
    assert np.abs(read.astype(int) - upright).mean() < 4


def test_size_does_not_eat_a_frame_and_closing_ends_the_frames(tmp_path):
    video = VideoReader(write(tmp_path / "a.mp4", 6))
    first = next(video)
    assert video.size == (32, 48)
    assert indices([first, next(video)]) == [0, 1]
    video.close()
    assert list(video) == []


def test_a_name_with_a_colon_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert count_frames(write(Path("http:x.mp4"), 3)) == 3


@pytest.mark.parametrize("ending", [".avi", ".mp4"])
def test_good_frames_of_a_damaged_file_come_before_the_error(tmp_path, ending, capfd):
    path = tmp_path / f"a{ending}"
    with VideoWriter(path, 25, (96, 128)) as video:
        for frame in textured(60):
            video.write(frame)
    whole = list(VideoReader(path))
    content = bytearray(path.read_bytes())
    begin, length = int(len(content) * 0.5), len(content) // 10
    content[begin : begin + length] = bytes(length)
    path.write_bytes(content)
    frames = []
    with pytest.raises(VideoError) as error:
        frames.extend(VideoReader(path))  # extend keeps what it got before the error
    assert 10 < len(frames) < 50
    assert all(np.array_equal(read, good) for read, good in zip(frames, whole, strict=False))
    one_line(error, path, f"the last good frame is {len(frames) - 1} ")
    with pytest.raises(VideoError, match="damaged"):
        count_frames(path)
    captured = capfd.readouterr()
    assert captured.err == "" and captured.out == ""


@pytest.mark.parametrize(("ending", "least"), [(".avi", 50), (".mkv", 10)])
def test_frames_before_the_error_are_good_wherever_the_damage_is(tmp_path, ending, least):
    """Some damage decodes, because there is no checksum; what is noticed must be noticed in time."""
    path = tmp_path / f"a{ending}"
    with VideoWriter(path, 25, (96, 128)) as video:
        for frame in textured(60):
            video.write(frame)
    whole, content = list(VideoReader(path)), path.read_bytes()
    noticed = 0
    for case in range(60):
        begin, length = int(len(content) * (0.2 + 0.01 * case)), (40, len(content) // 20)[case % 2]
        rubbish = bytes(length) if case % 3 else np.random.default_rng(case).bytes(length)
        path.write_bytes(content[:begin] + rubbish + content[begin + length :])
        frames = []
        try:
            frames.extend(VideoReader(path))
        except VideoError:
            noticed += 1
            assert all(np.array_equal(read, good) for read, good in zip(frames, whole, strict=False)), case
    assert noticed >= least


def test_a_frame_that_decodes_only_in_part_is_damage(tmp_path):
    whole = list(av.open(str(write(tmp_path / "a.mp4", 6))).decode(video=0))
    marked = [SimpleNamespace(is_corrupt=index == 4, interlaced_frame=False) for index in range(len(whole))]
    with open_video(tmp_path / "a.mp4") as video:
        packets = iter(marked)
        halting = SimpleNamespace(decode=lambda packet: [next(packets)] if packet else [])
        frames = []
        with pytest.raises(VideoError) as error:
            frames.extend(decoded(replace(video, decoder=halting)))
    assert frames == marked[:4]
    one_line(error, tmp_path / "a.mp4", "the last good frame is 3 (a frame decodes only partially)")


def test_a_file_that_is_no_video_is_one_clear_line(tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.txt").write_text("hello\n" * 200)
    (tmp_path / "sound.wav").write_bytes(
        b"RIFF\x24\x10\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\0\x10\0\0" + bytes(4096)
    )
    av.VideoFrame.from_ndarray(np.zeros((8, 8, 3), np.uint8), format="rgb24").save(str(tmp_path / "still.png"))
    write(tmp_path / "cut.mp4", 9)
    content = (tmp_path / "cut.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(content[: len(content) // 2])
    expected = {
        "missing.mp4": "does not exist",
        ".": "is a folder",
        "empty.mp4": "is not a readable video",
        "text.txt": "is not a readable video",
        "sound.wav": "has no video stream",
        "still.png": "still picture",
        "cut.mp4": "is not a readable video",
    }
    for name, problem in expected.items():
        with pytest.raises(VideoError) as error:
            VideoReader(tmp_path / name)
        one_line(error, tmp_path / name, problem)
        assert str(error.value).count(str(tmp_path / name)) == 1, "the file is named twice"


def test_a_missing_camera_is_said(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(VideoError) as error:
        VideoReader("camera:987")
    one_line(error, "camera:987", "/dev/video987")
    with pytest.raises(VideoError, match="expected camera:N"):
        VideoReader("camera:front")


def test_cameras_are_opened_with_the_input_of_the_platform(monkeypatch):
    class Device:
        name, media_types = "Front", ["video"]

    asked = []

    def refuse(address, format, container_options, metadata_errors):
        asked.append((format, address))
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(av, "open", refuse)
    monkeypatch.setattr(av, "enumerate_input_devices", lambda name: [Device], raising=False)
    monkeypatch.setattr(named_source.Path, "exists", lambda path: True)
    for platform in ("linux", "darwin", "win32"):
        monkeypatch.setattr(sys, "platform", platform)
        with pytest.raises(VideoError) as error:
            VideoReader("camera:0")
        one_line(error, "camera:0 cannot be opened", "busy")
    assert asked == [("v4l2", "/dev/video0"), ("avfoundation", "0:none"), ("dshow", "video=Front")]
    with pytest.raises(VideoError, match=r"camera:1 does not exist: this machine has 1 camera"):
        VideoReader("camera:1")


def test_missing_pyav_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    for use in (lambda: VideoReader("a.mp4"), lambda: VideoWriter(tmp_path / "a.mp4", 25, (32, 32))):
        with pytest.raises(VideoError) as error:
            use()
        one_line(error, "pip install av pillow")


rates = st.fractions(min_value=5, max_value=60, max_denominator=1001)


@settings(max_examples=200, deadline=None)
@given(num_frames=st.integers(0, 40), source=rates, target=rates)
def test_resampled_frames_are_what_a_player_shows(num_frames, source, target):
    made = list(resample(range(num_frames), source, target))
    assert len(made) == resampled_length(num_frames, source, target)
    duration = Fraction(num_frames) / source
    assert (len(made) - 1) / target < duration <= len(made) / target if num_frames else made == []
    for index, frame in enumerate(made):
        time = index / target
        assert frame == max(other for other in range(num_frames) if Fraction(other) / source <= time)


@settings(max_examples=50, deadline=None)
@given(num_frames=st.integers(0, 100), rate=rates, factor=st.integers(1, 5))
def test_resampling_by_whole_factors_keeps_or_repeats(num_frames, rate, factor):
    frames = list(range(num_frames))
    assert list(resample(frames, rate, rate)) == frames
    assert list(resample(frames, factor * rate, rate)) == frames[::factor]
    there = list(resample(frames, rate, factor * rate))
    assert len(there) == factor * num_frames and there[::factor] == frames


def test_resampling_does_not_drift_and_does_not_wait():
    count = 300_000  # 2.8 hours
    made = list(resample(range(count), 30000 / 1001, 30))
    assert len(made) == resampled_length(count, 30000 / 1001, 30) == 300_300
    assert made[-1] == count - 1
    assert made[200_200] == 200_000

    read = []
    stream = resample((read.append(index) or index for index in range(10)), 30, 12)
    assert [next(stream) for _ in range(3)] == [0, 2, 5]  # at 0, 2.5 and 5 frames
    assert read == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_resampling_refuses_rates_that_are_none(rate):
    with pytest.raises(InputError, match="above 0"):
        list(resample([1], 25, rate))


def test_clips_start_stride_and_rate(tmp_path):
    path = write(tmp_path / "a.mp4", 20)
    assert indices(read_clip(path, 4)) == [0, 1, 2, 3]
    assert indices(read_clip(path, 3, stride=4, start=5)) == [5, 9, 13]
    assert indices(read_clip(path, 4, fps=12.5)) == [0, 2, 4, 6]
    assert indices(read_clip(path, 4, stride=2, start=1, fps=50)) == [0, 1, 2, 3]
    assert read_clip(path, 20).shape == (20, 32, 48, 3)


def test_short_videos_are_refused_or_filled(tmp_path):
    path = write(tmp_path / "a.mp4", 5)
    with pytest.raises(VideoError) as error:
        read_clip(path, 3, stride=2, start=1)
    one_line(error, path, "has 5 frames", "needs 6")
    with pytest.raises(VideoError) as error:
        read_clip(path, 4, fps=12.5)
    one_line(error, path, "has 3 frames at 12.5 frames per second", "needs 4")
    assert indices(read_clip(path, 5, pad="loop")) == [0, 1, 2, 3, 4]
    assert indices(read_clip(path, 7, pad="loop")) == [0, 1, 2, 3, 4, 0, 1]
    assert indices(read_clip(path, 4, stride=2, start=1, pad="loop")) == [1, 3, 0, 2]
    assert indices(read_clip(path, 7, pad="last")) == [0, 1, 2, 3, 4, 4, 4]
    assert indices(read_clip(path, 3, stride=3, pad="last")) == [0, 3, 4]
    for wrong in ({"pad": "mirror"}, {"stride": 0}, {"start": -1}):
        with pytest.raises(InputError):
            read_clip(path, 2, **wrong)


def test_an_exception_keeps_what_was_written(tmp_path):
    with pytest.raises(RuntimeError, match="stop"), VideoWriter(tmp_path / "a.mp4", 25, (32, 48)) as video:
        for index in range(7):
            video.write(np.full((32, 48, 3), 10 + 8 * index, np.uint8))
        raise RuntimeError("stop")
    assert os.listdir(tmp_path) == ["a.mp4"]
    assert indices(VideoReader(tmp_path / "a.mp4")) == list(range(7))


def test_an_old_file_stays_until_the_new_one_is_complete(tmp_path):
    path = write(tmp_path / "a.mp4", 3)
    with VideoWriter(path, 25, (32, 48)) as video:
        for _ in range(5):
            video.write(np.zeros((32, 48, 3), np.uint8))
        assert count_frames(path) == 3
    assert count_frames(path) == 5
    with pytest.raises(VideoError, match="no frames were given"), VideoWriter(path, 25, (32, 48)):
        pass
    with pytest.raises(RuntimeError), VideoWriter(path, 25, (32, 48)):
        raise RuntimeError
    assert count_frames(path) == 5
    assert os.listdir(tmp_path) == ["a.mp4"]


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder.mp4").mkdir()
    for name, problem in {
        "a.xyz": "ending in .mp4",
        "none/a.mp4": "No such file or directory",
        "file/a.mp4": "Not a directory",
        "folder.mp4": "is a folder",
    }.items():
        with pytest.raises(VideoError) as error:
            VideoWriter(tmp_path / name, 25, (32, 48))
        one_line(error, tmp_path / name, problem)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder.mp4"]


def test_a_read_only_folder_is_one_clear_line(tmp_path, monkeypatch):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):  # the superuser may write everywhere
        monkeypatch.setattr(
            "builtins.open", lambda *args: (_ for _ in ()).throw(PermissionError(13, "Permission denied"))
        )
    with pytest.raises(VideoError) as error:
        VideoWriter(folder / "a.mp4", 25, (32, 48))
    one_line(error, folder / "a.mp4", "Permission denied")


def test_frames_of_another_kind_are_refused(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", 25, (32, 48)) as video:
        video.write(np.zeros((32, 48, 3), np.uint8))
        for wrong in (np.zeros((32, 48, 3), np.float32), np.zeros((48, 32, 3), np.uint8), np.zeros((32, 48), np.uint8)):
            with pytest.raises(InputError, match=r"expected a frame uint8 \[32, 48, 3\]"):
                video.write(wrong)
    with pytest.raises(InputError, match="closed"):
        video.write(np.zeros((32, 48, 3), np.uint8))
    assert count_frames(tmp_path / "a.mp4") == 1


@pytest.mark.parametrize("name", TRUE_FRAMES)
def test_real_videos_have_their_true_number_of_frames(real_videos, name):
    frames, size, fps = TRUE_FRAMES[name]
    assert count_frames(real_videos / name) == frames
    with VideoReader(real_videos / name, square_pixels=True) as video:
        assert video.fps == pytest.approx(fps)
        assert video.size == size
        shapes = {frame.shape for frame in video}
        assert video.num_frames == frames
    assert shapes == {(*size, 3)}


@pytest.mark.parametrize(("name", "width"), [("demo.mp4", 427), ("test.mp4", 455)])
def test_real_videos_are_as_wide_as_players_show_them(real_videos, name, width):
    """Both were squeezed to 340 columns, and say so."""
    with VideoReader(real_videos / name) as video:
        assert video.size == (256, width)
        assert next(video).shape == (256, width, 3)


def test_a_real_rotated_video_comes_out_upright(real_videos):
    """A keyboard: the letters are brighter than the keys, and the upright J is in the left half above the middle."""
    with av.open(str(real_videos / "video_90.mov")) as container:
        stored = next(container.decode(video=0)).to_ndarray(format="rgb24")
    frame = next(VideoReader(real_videos / "video_90.mov"))
    assert frame.shape == (568, 320, 3)
    assert np.array_equal(frame, np.rot90(stored, -1))
    assert frame[245:275, 18:40].max() > 200 > 150 > frame[-275:-245, -40:-18].max()


def test_a_real_damaged_video_gives_its_good_frames(real_videos, capfd):
    frames = 0
    with pytest.raises(VideoError) as error:
        for _ in VideoReader(real_videos / "corrupted.mp4"):
            frames += 1
    assert frames == 28
    one_line(error, real_videos / "corrupted.mp4", "is damaged: the last good frame is 27 ")
    assert capfd.readouterr().err == ""
    assert len(read_clip(real_videos / "corrupted.mp4", 28)) == 28
