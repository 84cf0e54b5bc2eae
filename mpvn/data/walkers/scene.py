"""One clip of `walkers`: an action, performed by a random figure, in a random scene, with slight camera motion.

Everything except the figure's pose is drawn independently of the action (except for a share of clips with matching
backdrops, if requested), and from distributions that do not change under time reversal. Oscillations have a uniform
phase, and scrolling or passing objects move in both directions, so clips may have any length.
"""

from dataclasses import dataclass, replace

import numpy as np

from mpvn.data.options import FPS, check_options
from mpvn.data.walkers.actions import ACTIONS, Style, perform, sample_style
from mpvn.data.walkers.rendering import (
    Palette,
    behind_occluder,
    draw_backdrop,
    draw_figure,
    draw_occluder,
    place_colours,
    sample_palette,
)
from mpvn.data.walkers.skeleton import JOINTS
from mpvn.errors import InputError

_PLACES = 0x706C6163  # separates the draws of a clip's place from all others
_LAP = 4.0  # how far the occluder goes until it passes again, in frame widths


@dataclass(frozen=True)
class _Scene:
    """The content of a clip besides the action. Lengths are in frame widths, times in seconds.

    `ground` is where the figure stands; `sway` [4, 2], `sway_rate` [4], `sway_phase` [4, 2] are slow oscillations in x
    and y of the figure, the camera (slow and fast), and of the figure's size (x only).
    """

    style: Style
    palette: Palette
    height: float
    build: float
    ground: np.ndarray
    light: np.ndarray
    sway: np.ndarray
    sway_rate: np.ndarray
    sway_phase: np.ndarray
    scroll: np.ndarray
    start: np.ndarray
    bar_start: float
    bar_speed: float
    bar_width: float
    bar_slope: float


def _sample_scene(rng: np.random.Generator) -> _Scene:
    angle = rng.uniform(0, 2 * np.pi)
    light = np.array([rng.uniform(-0.6, 0.6), -0.6, 0.7], np.float32)
    height = rng.uniform(0.5, 0.9)
    return _Scene(
        style=sample_style(rng),
        palette=sample_palette(rng),
        height=height,
        build=rng.uniform(0.9, 1.25),
        ground=np.array([0.5 + rng.uniform(-0.22, 0.22), 0.53 + 0.5 * height + rng.uniform(-0.03, 0.05)]),
        light=light / np.linalg.norm(light),
        sway=np.array([[0.1, 0.015], [0.04, 0.03], [0.008, 0.008], [0.06, 0]]) * rng.uniform(0.3, 1, (4, 1)),
        sway_rate=rng.uniform([0.1, 0.1, 1.5, 0.1], [0.4, 0.4, 4.0, 0.4]),
        sway_phase=rng.uniform(0, 2 * np.pi, (4, 2)),
        scroll=rng.uniform(0.05, 0.3) * np.array([np.cos(angle), 0.4 * np.sin(angle)]),
        start=rng.uniform(0, 2, 2),
        bar_start=rng.uniform(0, _LAP),
        bar_speed=rng.uniform(0.4, 1.2) * (1 if rng.random() < 0.5 else -1),
        bar_width=rng.uniform(0.06, 0.16),
        bar_slope=rng.uniform(-0.3, 0.3),
    )


def _at_its_place(palette: Palette, seed: int | tuple[int, ...], label: int, scene: float) -> Palette:
    """The palette with the backdrop of a place: with probability `scene` the action's own, otherwise a random one."""
    rng = np.random.default_rng([_PLACES, *np.atleast_1d(seed)])
    anywhere = int(rng.integers(len(ACTIONS)))
    place = label if rng.random() < scene else anywhere
    return replace(palette, backdrop=place_colours(rng, place, len(ACTIONS), palette.dark))


def generate_clip(
    seed: int | tuple[int, ...],
    num_frames: int = 32,
    size: int = 64,
    action: str | None = None,
    fps: int = FPS,
    scene: float = 0.0,
) -> dict[str, np.ndarray | int]:
    """Draws one clip. The same arguments give the same bytes.

    The seed decides on everything but the action, and the middle of the clip is where a motion pair meets: for the
    same seed, the pose at time t after the middle in one class of a pair is the pose at time t before it in the other.
    The scene does not depend on `num_frames` or `size` either, except for what fits in.

    Args:
        seed: a number, or a tuple of numbers such as (split, index); not negative.
        num_frames: length of the clip.
        size: pixels per side of a frame.
        action: one of `ACTIONS`; drawn from the seed if None.
        fps: frames per second.
        scene: share of clips whose backdrop has the colours of the action's own place; that of the others has those of
            any action's. At 0 there are no places, and colours are drawn freely.

    Returns:
        A dict of
        - `video`: uint8 [num_frames, size, size, 3];
        - `label`: int, index in `ACTIONS`;
        - `joints`: float32 [num_frames, 17, 2], (x, y) in pixels from the upper left corner of the frame, in the order
          of `JOINTS`; joints outside of the picture also have coordinates;
        - `visible`: bool [num_frames, 17], False for a joint that is outside of the picture or behind the occluder.
          A joint on the far side of the figure counts as visible.

    Raises:
        InputError: the length, the size or the action is invalid.
    """
    check_options("walkers", num_frames=num_frames, size=size, fps=fps)
    if action is not None and action not in ACTIONS:
        raise InputError(f"action={action!r} is unknown to walkers: expected None or one of {', '.join(ACTIONS)}")
    rng = np.random.default_rng(seed)
    # Drawn in any case, so that the rest of the clip is the same whether the action is given or not.
    label = int(rng.integers(len(ACTIONS)))
    label = label if action is None else ACTIONS.index(action)
    shown = _sample_scene(rng)
    palette = _at_its_place(shown.palette, seed, label, scene) if scene else shown.palette

    seconds = (np.arange(num_frames) - 0.5 * (num_frames - 1)) / fps
    angle = 2 * np.pi * shown.sway_rate[:, None, None] * seconds[:, None] + shown.sway_phase[:, None]
    figure_sway, *camera_sway, zoom = shown.sway[:, None] * np.sin(angle)
    camera = sum(camera_sway)
    height = (shown.height * (1 + zoom[:, 0])).astype(np.float32)
    points = perform(ACTIONS[label], shown.style, seconds)
    points[..., :2] *= height[:, None, None] * np.array([1, -1], np.float32)
    points[..., :2] += (shown.ground + figure_sway + camera)[:, None].astype(np.float32)
    joints = points[:, : len(JOINTS), :2].copy()
    points[..., :2] *= size

    canvas = draw_backdrop(rng, palette, shown.start + camera + shown.scroll * seconds[:, None], size)
    draw_figure(canvas, points, height * size, shown.build, palette, shown.light)
    bar = (shown.bar_start + shown.bar_speed * seconds) % _LAP - 0.5 * (_LAP - 1)
    draw_occluder(canvas, bar, shown.bar_width, shown.bar_slope, palette)
    inside = np.all((joints >= 0) & (joints < 1), axis=-1)
    return {
        "video": _to_bytes(canvas),
        "label": label,
        "joints": joints * np.float32(size),
        "visible": inside & ~behind_occluder(joints, bar, shown.bar_width, shown.bar_slope),
    }


def _to_bytes(canvas: np.ndarray) -> np.ndarray:
    canvas *= 255
    canvas += 0.5
    return np.ascontiguousarray(np.moveaxis(np.clip(canvas, 0, 255, out=canvas).astype(np.uint8), 1, -1))
