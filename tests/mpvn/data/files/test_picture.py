"""What a player shows of a frame: shape, orientation, colours, transparency and interlaced rows."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mpvn.data.files.clip_reading import read_clip
from mpvn.data.files.picture import Look
from mpvn.data.files.reader import VideoReader

av = pytest.importorskip("av", reason="PyAV is not installed (the extra 'video')")

ONE = 1 << 16


def write(path: Path, pictures, codec="ffv1", pixels="yuv444p", form=None, options=(), **settings) -> Path:
    """A video of pictures as they are; without a form, they are planes of the pixel format."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=25, options=dict(options))
        first = av.VideoFrame.from_ndarray(pictures[0], format=form or pixels)
        stream.height, stream.width, stream.pix_fmt = first.height, first.width, pixels
        for name, value in settings.items():
            setattr(stream.codec_context, name, value)
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture, format=form or pixels)
            for name in ("colorspace", "color_range"):
                if name in settings:
                    setattr(frame, name, settings[name])
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def plane(*values: int, size=(32, 48)) -> np.ndarray:
    """A frame of yuv444p, of one colour."""
    return np.stack([np.full(size, value, np.uint8) for value in values])


def shown(path: Path) -> np.ndarray:
    (picture,) = VideoReader(path)
    return picture


def shown_all(path: Path) -> list[np.ndarray]:
    return list(VideoReader(path))


def rgb(y: float, cb: float, cr: float, red: float, blue: float) -> list[float]:
    """Colours in limited range by hand; red and blue are the weights of the matrix."""
    luma, pb, pr = (y - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    r, b = luma + 2 * (1 - red) * pr, luma + 2 * (1 - blue) * pb
    return [255 * value for value in (r, (luma - red * r - blue * b) / (1 - red - blue), b)]


BT601, BT709 = (0.299, 0.114), (0.2126, 0.0722)


@pytest.mark.parametrize(
    ("size", "tag", "weights"),
    [
        ((32, 48), 1, BT709),
        ((32, 48), 5, BT601),
        ((32, 48), 2, BT601),  # not said: old, small recordings
        ((720, 1280), 2, BT709),  # not said: high definition
        ((720, 1280), 6, BT601),
    ],
)
def test_colours_have_the_matrix_of_the_file(tmp_path, size, tag, weights):
    path = write(tmp_path / "a.mkv", [plane(120, 100, 170, size=size)], colorspace=tag)
    difference = shown(path)[4, 4] - np.array(rgb(120, 100, 170, *weights))
    assert np.abs(difference).max() < 2.5
    other = BT709 if weights is BT601 else BT601
    assert np.abs(shown(path)[4, 4] - np.array(rgb(120, 100, 170, *other))).max() > 6


@pytest.mark.parametrize(("tag", "black", "white"), [(1, 16, 235), (2, 0, 255)])
def test_colours_have_the_range_of_the_file(tmp_path, tag, black, white):
    pictures = [plane(black, 128, 128), plane((black + white) // 2, 128, 128), plane(white, 128, 128)]
    levels = [int(picture[4, 4, 0]) for picture in VideoReader(write(tmp_path / "a.mkv", pictures, color_range=tag))]
    assert np.abs(np.array(levels) - [0, 127, 255]).max() <= 1


def test_ten_bits_are_rounded(tmp_path):
    pictures = [plane(level, 128, 128) for level in (16, 126, 235)]
    path = write(tmp_path / "a.mkv", pictures, "ffv1", "yuv444p10le", "yuv444p")
    levels = [picture[4, 4].tolist() for picture in shown_all(path)]
    assert np.abs(np.array(levels) - [[0], [128], [255]]).max() <= 1


def test_grey_is_grey(tmp_path):
    pictures = [np.full((32, 48), level, np.uint8) for level in (0, 90, 255)]
    levels = [picture[4, 4].tolist() for picture in shown_all(write(tmp_path / "a.mkv", pictures, pixels="gray"))]
    assert levels == [[0] * 3, [90] * 3, [255] * 3]


@pytest.mark.parametrize(("aspect", "size"), [(Fraction(2), (32, 96)), (Fraction(1, 2), (64, 48)), (1000, (32, 48))])
@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.avi", "mpeg4")])
def test_pixels_get_their_shape_unless_they_are_taken_as_square(tmp_path, name, codec, aspect, size):
    pictures = [plane(120, 128, 128)]
    path = write(tmp_path / name, pictures, codec, "yuv420p", "yuv444p", sample_aspect_ratio=Fraction(aspect))
    with VideoReader(path) as video:
        assert video.size == next(video).shape[:2] == size
    assert VideoReader(path, square_pixels=True).size == (32, 48)
    assert read_clip(path, 1, look=Look(short_side=16)).shape[1:3] == tuple(16 * side // min(size) for side in size)
    assert read_clip(path, 1, look=Look(square_pixels=True, short_side=16)).shape == (1, 16, 24, 3)


# (a b, c d) of a tkhd box, and what that makes of a picture.
ORIENTATIONS = {
    (1, 0, 0, 1): lambda picture: picture,
    (0, 1, -1, 0): lambda picture: np.rot90(picture, -1),
    (-1, 0, 0, -1): lambda picture: np.rot90(picture, 2),
    (0, -1, 1, 0): lambda picture: np.rot90(picture, 1),
    (-1, 0, 0, 1): lambda picture: picture[:, ::-1],
    (1, 0, 0, -1): lambda picture: picture[::-1],
    (0, 1, 1, 0): lambda picture: picture.transpose(1, 0, 2),
    (0, -1, -1, 0): lambda picture: np.rot90(picture, 2).transpose(1, 0, 2),
}


def turned(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    def packed(a, b, c, d):
        return np.array([a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30], ">i4").tobytes()

    content = path.read_bytes()
    place = content.index(packed(1, 0, 0, 1), content.index(b"tkhd"))
    path.write_bytes(content[:place] + packed(*matrix) + content[place + 36 :])
    return path


@pytest.mark.parametrize("matrix", ORIENTATIONS)
def test_pictures_are_upright_and_not_mirrored(tmp_path, matrix):
    picture = np.zeros((32, 48, 3), np.uint8)
    picture[:12, :30] = 255  # no two of its orientations are alike
    picture[12:20, :8] = 128
    path = turned(write(tmp_path / "a.mov", [picture], "libx264", "yuv420p", "rgb24", {"crf": "1"}), matrix)
    upright = ORIENTATIONS[matrix](picture)
    assert shown(path).shape == upright.shape
    assert np.abs(shown(path).astype(int) - upright).mean() < 4


def test_a_turned_video_of_pixels_that_are_not_square(tmp_path):
    path = write(tmp_path / "a.mov", [plane(120, 128, 128)] * 2, "libx264", sample_aspect_ratio=Fraction(2))
    assert shown_size(turned(path, (0, 1, -1, 0))) == (96, 32)


def shown_size(path: Path) -> tuple[int, int]:
    with VideoReader(path) as video:
        return video.size


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [("a.mov", "qtrle", "argb"), ("a.mkv", "ffv1", "yuva444p"), ("a.webm", "libvpx-vp9", "yuva420p")],
)
def test_what_is_transparent_is_black(tmp_path, name, codec, pixels):
    picture = np.zeros((64, 96, 4), np.uint8)
    picture[..., 0] = 255
    picture[:, :48, 3] = 255
    picture[:32, :48, 3] = 128
    video = shown_all(write(tmp_path / name, [picture] * 3, codec, pixels, "rgba"))
    assert np.abs(video[0][16, 24].astype(int) - [128, 0, 0]).max() < 12
    assert np.abs(video[0][48, 24].astype(int) - [255, 0, 0]).max() < 12
    assert video[0][32, 72].max() < 12


def combed(video: np.ndarray) -> float:
    """Mean difference of neighbouring rows."""
    return float(np.abs(np.diff(video.astype(float), axis=1)).mean())


@pytest.mark.parametrize(("codec", "name"), [("mpeg2video", "a.mkv"), ("mpeg2video", "a.mpg"), ("libx264", "a.mp4")])
def test_the_moments_of_an_interlaced_frame_are_apart(tmp_path, codec, name):
    pictures = []
    for k in range(8):
        picture = np.zeros((96, 96, 3), np.uint8)
        picture[0::2, 8 + 8 * k : 32 + 8 * k] = 255
        picture[1::2, 12 + 8 * k : 36 + 8 * k] = 255
        pictures.append(picture)
    options = (
        {"flags": "+ildct+ilme", "qscale": "2", "bf": "0"}
        if codec == "mpeg2video"
        else {"x264-params": "tff=1", "crf": "5"}
    )
    path = write(tmp_path / name, pictures, codec, "yuv420p", "rgb24", options)
    with av.open(str(path)) as file:
        raw = np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)])
    video = np.stack(shown_all(path))
    assert video.shape == raw.shape
    assert combed(raw) > 10 > 3 > combed(video)
    assert np.abs(video[3].astype(float) - pictures[3]).mean() < 25  # the frame's own moment, not another's
    clip = read_clip(path, 2, start=3)
    assert combed(clip) < 3 and np.abs(clip.astype(float) - video[3:5]).mean() < 3


def test_clips_are_scaled_as_whole_pictures_are(tmp_path):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (8, 12, 3), dtype=np.uint8).repeat(16, 0).repeat(16, 1)
    path = write(tmp_path / "a.mkv", [picture] * 2, form="rgb24")
    (small,) = read_clip(path, 1, look=Look(short_side=32))
    assert small.shape == (32, 48, 3)
    means = shown_all(path)[0].reshape(32, 4, 48, 4, 3).mean((1, 3))
    inner = np.abs(small - means).reshape(8, 4, 12, 4, 3)[:, 1:3, :, 1:3]
    assert inner.max() < 4
