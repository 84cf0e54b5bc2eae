"""Frames of videos in rows: enlarged without smoothing, titles beside them, ticks under them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mpvn.results.pictures import Colour, Pillow, enlarged_frames

GAP, TEXT, SMALL = 6, 17, 15  # pixels
PAPER, INK, FAINT = 255, (20, 20, 20), (95, 95, 95)
RIGHT, WRONG = (0, 114, 178), (213, 94, 0)  # blue and vermilion, which colour-blind readers can tell apart


@dataclass(frozen=True)
class Row:
    """Frames of one video.

    Attributes:
        frames: uint8 [n, height, width, 3], of one shape in all rows.
        title: stands beside them.
        note: stands under the title, smaller.
    """

    frames: np.ndarray
    title: str = ""
    note: str = ""


def strip(
    rows: Sequence[Row], ticks: Sequence[int] | np.ndarray, head: Sequence[tuple[str, Colour]] = ()
) -> np.ndarray:
    """Rows of frames below each other.

    Args:
        rows: with as many frames each.
        ticks: of these frames; they are written under the last row.
        head: words above the first row, each with its colour.

    Returns:
        uint8 [height, width, 3].

    Raises:
        InputError: Pillow is not installed.
    """
    pillow = Pillow()
    large, small = pillow.font(TEXT), pillow.font(SMALL)
    height, width = rows[0].frames.shape[1:3]
    beside = 2 * GAP + int(
        max(small.getlength("tick"), *(max(large.getlength(row.title), small.getlength(row.note)) for row in rows))
    )
    above = TEXT + 2 * GAP if head else GAP
    over = GAP + sum(int(large.getlength(word)) + 3 * GAP for word, _ in head)
    shape = (above + len(rows) * (height + GAP) + SMALL + GAP, max(over, beside + len(ticks) * (width + GAP)), 3)
    pixels = np.full(shape, PAPER, np.uint8)
    tops = [above + number * (height + GAP) for number in range(len(rows))]
    lefts = [beside + number * (width + GAP) for number in range(len(ticks))]
    for row, top in zip(rows, tops, strict=True):
        for frame, left in zip(row.frames, lefts, strict=True):
            pixels[top : top + height, left : left + width] = frame
    picture, draw = pillow.canvas(pixels)
    left = GAP
    for word, colour in head:
        draw.text((left, GAP // 2), word, fill=colour, font=large)
        left += int(large.getlength(word)) + 3 * GAP
    for row, top in zip(rows, tops, strict=True):
        draw.text((GAP, top), row.title, fill=INK, font=large)
        draw.text((GAP, top + TEXT + 4), row.note, fill=FAINT, font=small)
    under = shape[0] - SMALL - GAP
    draw.text((GAP, under), "tick", fill=FAINT, font=small)
    for tick, left in zip(ticks, lefts, strict=True):
        draw.text((left + (width - small.getlength(str(tick))) / 2, under), str(tick), fill=FAINT, font=small)
    return np.asarray(picture)


def frame_rows(
    videos: Mapping[str, np.ndarray], target: str, first_tick: int = 0, num_frames: int = 6, size: int = 120
) -> np.ndarray:
    """The same instants of several videos, with the mean squared error of each.

    Args:
        videos: {title: float [time, height, width, 3] in [0, 1]}, all of one length.
        target: title of the video that the others are compared with.
        first_tick: of the videos.
        num_frames: how many frames to show; errors are of all of them.
        size: least height of a frame in the picture, in pixels.

    Returns:
        uint8 [height, width, 3].
    """
    true = videos[target]
    chosen = instants(len(true), num_frames)
    rows = []
    for title, video in videos.items():
        note = "" if title == target else f"MSE {np.mean((np.asarray(video) - true) ** 2):.4f}"
        rows.append(Row(enlarged_frames(video[chosen], -(-size // video.shape[1]) * video.shape[1])[0], title, note))
    return strip(rows, chosen + first_tick)


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
    return strip([Row(enlarged_frames(video[chosen], size)[0])], chosen, head)


def instants(length: int, number: int) -> np.ndarray:
    """So many ticks, from the first to the last of a clip of this length."""
    return np.linspace(0, length - 1, number).astype(int)
