"""Frames of videos in rows: enlarged without smoothing, titles beside them, ticks under them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mpvn.results.pictures import Colour, Pillow, enlarged_frames

GAP = 6  # pixels
CARD = 350  # TensorBoard shows pictures this wide
PAGE = 800  # and a page of text
LEAST = 11.5  # height of text at the width at which a picture is shown, in pixels
PAPER, INK, FAINT = 255, (20, 20, 20), (95, 95, 95)
RIGHT, WRONG = (0, 114, 178), (213, 94, 0)  # blue and vermilion, which colour-blind readers can tell apart


@dataclass(frozen=True)
class Row:
    """Frames of one video.

    Attributes:
        frames: uint8 [n, height, width, 3], of one shape in all rows.
        title: stands beside them.
        note: stands under the title.
        ticks: stand under the frames, one each; none for a row that shares those of the next one.
    """

    frames: np.ndarray
    title: str = ""
    note: str = ""
    ticks: Sequence[int] | np.ndarray = ()


def strip(rows: Sequence[Row], head: Sequence[tuple[str, Colour]] = (), shown: int = CARD) -> np.ndarray:
    """Rows of frames below each other.

    Args:
        rows: with as many frames each.
        head: words above the first row, each with its colour; they go on in the next line where one is full.
        shown: width at which the picture will be seen, in pixels; the text is as large as that needs.

    Returns:
        uint8 [height, width, 3].

    Raises:
        InputError: Pillow is not installed.
    """
    pillow = Pillow()
    number, height, width = rows[0].frames.shape[:3]
    content, beside = number * (width + GAP), 2 * GAP
    for _ in range(2):  # the titles widen the picture, and a wider one needs larger text
        size = max(15, round(LEAST * (beside + content) / shown))
        font = pillow.font(size)
        beside = 2 * GAP + int(max(font.getlength(words) for row in rows for words in (row.title, row.note, "tick")))
    line, whole = round(1.3 * size), beside + content
    places, left, top = [], GAP, GAP // 2
    for word, colour in head:
        length = int(font.getlength(word))
        if left > GAP and left + length + GAP > whole:
            left, top = GAP, top + line
        places.append((left, top, word, colour))
        left, whole = left + length + 3 * GAP, max(whole, left + length + GAP)
    top = top + line if head else GAP
    tops = []
    for row in rows:
        tops.append(top)
        top += height + GAP + (line if len(row.ticks) else 0)
    pixels = np.full((top, whole, 3), PAPER, np.uint8)
    lefts = [beside + at * (width + GAP) for at in range(number)]
    for row, top in zip(rows, tops, strict=True):
        for frame, left in zip(row.frames, lefts, strict=True):
            pixels[top : top + height, left : left + width] = frame
    picture, draw = pillow.canvas(pixels)
    for left, top, word, colour in places:
        draw.text((left, top), word, fill=colour, font=font)
    for row, top in zip(rows, tops, strict=True):
        draw.text((GAP, top), row.title, fill=INK, font=font)
        draw.text((GAP, top + line), row.note, fill=FAINT, font=font)
        for tick, left in zip(row.ticks, lefts, strict=bool(len(row.ticks))):
            middle = left + (width - font.getlength(str(tick))) / 2
            draw.text((middle, top + height), str(tick), fill=FAINT, font=font)
        if len(row.ticks):
            draw.text((GAP, top + height), "tick", fill=FAINT, font=font)
    return np.asarray(picture)


def frame_rows(
    videos: Mapping[str, np.ndarray],
    target: str,
    first_tick: int = 0,
    num_frames: int = 4,
    size: int = 120,
    shown: int = CARD,
) -> np.ndarray:
    """The same instants of several videos, with the mean squared error of each.

    Args:
        videos: {title: float [time, height, width, 3] in [0, 1]}, all of one length.
        target: title of the video that the others are compared with.
        first_tick: of the videos.
        num_frames: how many frames to show; errors are of all of them.
        size: least height of a frame in the picture, in pixels.
        shown: see `strip`.

    Returns:
        uint8 [height, width, 3].
    """
    true = videos[target]
    chosen = instants(len(true), num_frames)
    rows = []
    for number, (title, video) in enumerate(videos.items(), start=1):
        frames, _ = enlarged_frames(video[chosen], -(-size // video.shape[1]) * video.shape[1])
        note = "" if title == target else f"MSE {np.mean((np.asarray(video) - true) ** 2):.4f}"
        rows.append(Row(frames, title, note, chosen + first_tick if number == len(videos) else ()))
    return strip(rows, shown=shown)


def prediction_strip(
    video: np.ndarray, truth: str, prediction: str, num_frames: int = 4, size: int = 240
) -> np.ndarray:
    """A few frames of a clip side by side, with the true and the predicted class above them.

    Args:
        video: float [time, height, width, 3] in [0, 1].
        truth: name of the true class.
        prediction: name of the predicted class.
        num_frames: how many frames to show.
        size: largest height of a frame in the picture, in pixels.

    Returns:
        uint8 [height, width, 3].
    """
    chosen = instants(len(video), num_frames)
    word, colour = ("right", RIGHT) if truth == prediction else ("wrong", WRONG)
    head = [(f"true: {truth}", INK), (f"predicted: {prediction}, {word}", colour)]
    return strip(in_lines(enlarged_frames(video[chosen], size)[0], chosen), head)


def in_lines(frames: np.ndarray, ticks: np.ndarray, number: int = 2) -> list[Row]:
    """Frames [n, height, width, 3] of one video in rows of `number`, which divides n."""
    return [Row(frames[at : at + number], ticks=ticks[at : at + number]) for at in range(0, len(frames), number)]


def stacked(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures uint8 [height, width, 3] of any sizes in one array, with paper to the right of them and below."""
    height, width, _ = np.max([picture.shape for picture in pictures], axis=0)
    whole = np.full((len(pictures), height, width, 3), PAPER, np.uint8)
    for place, picture in zip(whole, pictures, strict=True):
        place[: picture.shape[0], : picture.shape[1]] = picture
    return whole


def instants(length: int, number: int) -> np.ndarray:
    """So many ticks, from the first to the last of a clip of this length."""
    return np.linspace(0, length - 1, number).astype(int)
