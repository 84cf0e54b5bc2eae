"""Drawing of clips: a scrolling textured backdrop, a figure of shaded capsules, and a bar that passes in front.

All frames of a clip are drawn at once. A canvas is float32 [num_frames, 3, size, size]; positions are in pixels as
(x, y) with the origin at the left upper corner of the frame, so that the centre of the first pixel is (0.5, 0.5).
"""

import colorsys
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mpvn.data.walkers.skeleton import POINTS

_CELLS = (5, 13, 31)  # of the backdrop's noise, per period, from coarse to fine
_PERIOD = 2  # of the backdrop, in frame widths
_HUE_SPREAD = 0.3  # of a place's colours, in distances between places; our choice


@dataclass(frozen=True)
class Palette:
    """Colours in [0, 1]: `backdrop` [3, 3], `dark` or bright, `occluder` [2, 3], and one [3] for each in `figure`."""

    dark: bool
    backdrop: np.ndarray
    occluder: np.ndarray
    figure: dict[str, np.ndarray]


def sample_palette(rng: np.random.Generator) -> Palette:
    """Draws colours such that the figure stands out: a bright one before a dark backdrop, or a dark before a bright."""
    bright = rng.random() < 0.5

    def colour(low: float, high: float, saturation: float) -> np.ndarray:
        return np.array(colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.2, 1) * saturation, rng.uniform(low, high)))

    backdrop = np.stack([colour(*((0.0, 0.55) if bright else (0.55, 1.0)), 0.8 if bright else 0.5) for _ in range(3)])
    clothes = [colour(*((0.8, 1.0) if bright else (0.15, 0.55)), 0.9) for _ in range(3)]
    tone = rng.uniform(0.0, 0.35) if bright else rng.uniform(0.5, 0.95)
    skin = (1 - tone) * np.array([1.0, 0.82, 0.7]) + tone * np.array([0.35, 0.22, 0.15])
    hair = colour(*((0.55, 0.9) if bright else (0.05, 0.25)), 0.8)
    figure = dict(zip(("shirt", "trousers", "shoes"), clothes, strict=True), skin=skin, hair=hair, eye=0.1 * skin)
    return Palette(bright, backdrop, np.stack([colour(0.2, 0.8, 0.7) for _ in range(2)]), figure)


def place_colours(rng: np.random.Generator, place: int, num_places: int, dark: bool) -> np.ndarray:
    """Backdrop colours [3, 3] of one of several places: hues around its own, so that the figure stands out."""

    def colour() -> tuple[float, float, float]:
        hue = (place + rng.uniform(-_HUE_SPREAD, _HUE_SPREAD)) / num_places % 1
        return colorsys.hsv_to_rgb(hue, rng.uniform(0.5, 0.8), rng.uniform(*((0.25, 0.55) if dark else (0.55, 1.0))))

    return np.array([colour() for _ in range(3)])


@lru_cache(maxsize=32)
def _upsampling(cells: int, pixels: int) -> np.ndarray:
    """float32 [pixels, cells]: smooth periodic interpolation of `cells` values."""
    position = np.arange(pixels) / pixels * cells
    index = position.astype(int)
    part = position - index
    part = part * part * (3 - 2 * part)
    matrix = np.zeros((pixels, cells), np.float32)
    matrix[np.arange(pixels), index] += 1 - part
    matrix[np.arange(pixels), (index + 1) % cells] += part
    return matrix


def draw_backdrop(rng: np.random.Generator, palette: Palette, offset: np.ndarray, size: int) -> np.ndarray:
    """Draws smooth noise that is moved by `offset`.

    Args:
        rng: draws the noise; the number of draws does not depend on the size.
        palette: colours.
        offset: float [num_frames, 2], how far the backdrop has moved, in frame widths.
        size: pixels per side.

    Returns:
        A canvas.
    """
    period = _PERIOD * size
    noise = np.zeros((2, period, period), np.float32)
    for cells, weight in zip(_CELLS, (0.5, 0.35, 0.3), strict=True):
        matrix = _upsampling(cells, period)
        noise += weight * (matrix @ rng.uniform(-1, 1, (2, cells, cells)).astype(np.float32) @ matrix.T)
    first, second = np.clip(0.5 + 1.6 * noise, 0, 1)[:, None]
    base, one, other = palette.backdrop.astype(np.float32)[..., None, None]
    texture = base + (one - base) * first + (other - base) * 0.7 * second * (1 - first)
    # Repeated far enough that any crop of one period is in one piece.
    texture = np.pad(texture, ((0, 0), (0, size + 1), (0, size + 1)), mode="wrap")
    start = -offset * size % period
    whole = np.floor(start).astype(int)
    x, y = (start - whole).astype(np.float32).T[..., None, None, None]
    whole %= period
    crops = np.moveaxis(sliding_window_view(texture, (size + 1, size + 1), (1, 2)), 0, 2)[whole[:, 1], whole[:, 0]]
    rows = crops[:, :, :-1] + y * (crops[:, :, 1:] - crops[:, :, :-1])
    return rows[..., :-1] + x * (rows[..., 1:] - rows[..., :-1])


# Points that are drawn but are no joints, as weighted sums of points.
_EXTRA = {
    "neck": {"left_shoulder": 0.5, "right_shoulder": 0.5},
    "pelvis": {"left_hip": 0.5, "right_hip": 0.5},
    "head": {"left_ear": 0.5, "right_ear": 0.5},
    "scalp": {"left_ear": 0.72, "right_ear": 0.72, "nose": -0.2, "left_shoulder": -0.12, "right_shoulder": -0.12},
    "left_hand": {"left_wrist": 1.2, "left_elbow": -0.2},
    "right_hand": {"right_wrist": 1.2, "right_elbow": -0.2},
}
_DRAWN = (*POINTS, *_EXTRA)
_MIXING = np.zeros((len(_DRAWN), len(POINTS)), np.float32)
_MIXING[: len(POINTS)] = np.eye(len(POINTS))
for _row, _weights in enumerate(_EXTRA.values(), len(POINTS)):
    for _name, _weight in _weights.items():
        _MIXING[_row, POINTS.index(_name)] = _weight

# Capsules: from, to, radius there and there in body heights, colour.
_CAPSULES: tuple[tuple[str, str, float, float, str], ...] = (
    ("neck", "pelvis", 0.075, 0.075, "shirt"),
    ("neck", "head", 0.04, 0.04, "skin"),
    ("head", "head", 0.092, 0.092, "skin"),
    ("scalp", "scalp", 0.092, 0.092, "hair"),
    ("nose", "nose", 0.018, 0.018, "skin"),
)
for _side in ("left", "right"):
    _CAPSULES += (
        (f"{_side}_eye", f"{_side}_eye", 0.017, 0.017, "eye"),
        (f"{_side}_shoulder", f"{_side}_hip", 0.055, 0.065, "shirt"),
        (f"{_side}_shoulder", f"{_side}_elbow", 0.048, 0.04, "shirt"),
        (f"{_side}_elbow", f"{_side}_wrist", 0.038, 0.03, "skin"),
        (f"{_side}_hand", f"{_side}_hand", 0.038, 0.038, "skin"),
        (f"{_side}_hip", f"{_side}_knee", 0.065, 0.05, "trousers"),
        (f"{_side}_knee", f"{_side}_ankle", 0.05, 0.036, "trousers"),
        (f"{_side}_ankle", f"{_side}_toe", 0.038, 0.032, "shoes"),
    )
_FROM, _TO = (np.array([_DRAWN.index(capsule[end]) for capsule in _CAPSULES]) for end in (0, 1))
_RADII = np.array([capsule[2:4] for capsule in _CAPSULES], np.float32)


def draw_figure(
    canvas: np.ndarray, points: np.ndarray, height: np.ndarray, build: float, palette: Palette, light: np.ndarray
) -> None:
    """Draws the figure onto the canvas, far capsules first.

    Args:
        canvas: changed in place.
        points: float32 [num_frames, 19, 3], the figure's points: x and y in pixels, depth towards the camera in body
            heights.
        height: float [num_frames], the body height in pixels.
        build: factor on the thickness of the limbs.
        palette: colours.
        light: float [3], unit vector towards the light: right, down, towards the camera.
    """
    num_frames, _, size, _ = canvas.shape
    points = np.einsum("dp,tpc->tdc", _MIXING, points)
    depth = 0.5 * (points[:, _FROM, 2] + points[:, _TO, 2])
    order = np.argsort(depth, axis=1)
    frames = np.arange(num_frames)[:, None]
    start, end = points[frames, _FROM[order], :2], points[frames, _TO[order], :2]
    radii = (build * height[:, None, None] * _RADII[order]).astype(np.float32)
    colours: np.ndarray = np.stack([palette.figure[capsule[4]] for capsule in _CAPSULES]).astype(np.float32)[order]
    # What is farther away is darker, which keeps the two legs apart.
    colours = colours * np.clip(0.95 + 0.9 * np.take_along_axis(depth, order, 1), 0.7, 1.1)[..., None]
    # A capsule is drawn in a square that is as wide as the largest one of its rank in any of the frames.
    extent = np.abs(start - end).max(-1) + 2 * radii.max(-1) + 3
    squares = np.minimum(np.ceil(extent.max(0)).astype(int), size)
    for rank, square in enumerate(squares):
        _draw_capsule(canvas, square, start[:, rank], end[:, rank], radii[:, rank], colours[:, rank], light)


def _draw_capsule(
    canvas: np.ndarray,
    square: int,
    start: np.ndarray,
    end: np.ndarray,
    radii: np.ndarray,
    colour: np.ndarray,
    light: np.ndarray,
) -> None:
    """Draws one capsule per frame: `start`, `end` and `radii` are [num_frames, 2], `colour` is [num_frames, 3]."""
    num_frames, _, size, _ = canvas.shape
    corner = np.clip(np.floor(0.5 * (start + end - square)).astype(int), 0, size - square)
    pixel = corner[:, None, :] + (np.arange(square) + 0.5).astype(np.float32)[:, None] - start[:, None, :]
    dx, dy = pixel[:, None, :, 0].astype(np.float32), pixel[:, :, None, 1].astype(np.float32)
    axis = end - start
    axis_x, axis_y = axis[:, 0, None, None], axis[:, 1, None, None]
    scale = 1 / np.maximum(axis_x**2 + axis_y**2, 1e-6)
    along = np.clip(dx * (axis_x * scale) + dy * (axis_y * scale), 0, 1)
    radius = radii[:, 0, None, None] + along * (radii[:, 1] - radii[:, 0])[:, None, None]
    dx = dx - along * axis_x
    dy = dy - along * axis_y
    square_distance = dx * dx + dy * dy
    cover = np.clip(radius - np.sqrt(square_distance) + 0.5, 0, 1)
    # The surface's normal is (dx, dy, height above the axis) / radius.
    above = np.sqrt(np.maximum(radius * radius - square_distance, 0))
    shade = 0.5 + 0.55 * np.maximum((dx * light[0] + dy * light[1] + above * light[2]) / radius, 0)
    windows = sliding_window_view(canvas, (square, square), (2, 3), writeable=True)
    at = (np.arange(num_frames), slice(None), corner[:, 1], corner[:, 0])
    patch = windows[at]
    patch += cover[:, None] * (colour[:, :, None, None] * shade[:, None] - patch)
    windows[at] = patch


def draw_occluder(canvas: np.ndarray, centre: np.ndarray, width: float, slope: float, palette: Palette) -> None:
    """Draws a striped slanting bar as high as the frame.

    Args:
        canvas: changed in place.
        centre: float [num_frames], x of its axis at half the height of the frame, in frame widths.
        width: in frame widths.
        slope: how far it moves to the right from top to bottom, in frame widths.
        palette: colours.
    """
    size = canvas.shape[-1]
    seen = np.flatnonzero(np.abs(centre - 0.5) < 0.5 + 0.5 * width + 0.5 * abs(slope))
    if not len(seen):
        return
    x, y = np.meshgrid(*2 * [(np.arange(size, dtype=np.float32) + 0.5) / size])
    beside = x[None] - slope * (y[None] - 0.5) - centre[seen, None, None].astype(np.float32)
    cover = np.clip((0.5 * width - np.abs(beside)) * size + 0.5, 0, 1)[:, None]
    stripe = np.clip(2 * np.sin(40 * y) * size / 64 + 0.5, 0, 1)
    one, other = palette.occluder.astype(np.float32)[..., None, None]
    texture = (one + (other - one) * stripe) * (1 - (1.2 * beside / width) ** 2)[:, None]
    canvas[seen] += cover * (texture - canvas[seen])


def behind_occluder(joints: np.ndarray, centre: np.ndarray, width: float, slope: float) -> np.ndarray:
    """bool [num_frames, num_joints]: whether joints (float [num_frames, num_joints, 2], in frame widths) are hidden."""
    return np.abs(joints[..., 0] - slope * (joints[..., 1] - 0.5) - centre[:, None]) < 0.5 * width
