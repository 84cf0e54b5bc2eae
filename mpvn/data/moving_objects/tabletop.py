"""One clip of `moving_objects`: shaded solids on a table, seen from above at an angle. Plain NumPy."""

from collections.abc import Sequence

import numpy as np

from mpvn.data import choreography
from mpvn.data.choreography import Actor, choreograph
from mpvn.data.moving_objects.solids import REACH, intersect
from mpvn.data.options import FPS, check_options
from mpvn.errors import InputError

# Fixed camera, table and light, as in the half of CATER without camera motion. All numbers are
# our choice.
_EYE = np.array([0.0, -5.6, 4.2], np.float32)
_LOOK_AT = np.array([0.0, -0.15, 0.2], np.float32)
_FIELD = 0.37  # half the width of the picture at distance 1
_COLOURS = np.array(
    [
        [0.80, 0.18, 0.16],
        [0.16, 0.36, 0.80],
        [0.16, 0.62, 0.24],
        [0.86, 0.72, 0.14],
        [0.52, 0.22, 0.66],
        [0.14, 0.66, 0.68],
        [0.52, 0.32, 0.16],
        [0.62, 0.62, 0.64],
    ],
    np.float32,
)
_TABLE = np.array([0.58, 0.56, 0.54], np.float32)
_LIGHT = np.array([0.55, -0.15, 1.0], np.float32)  # towards it; jittered from clip to clip
_AMBIENT = 0.38
_SUBPIXELS = 2  # along each axis, so that motion of less than a pixel shows
_FRAMES_AT_ONCE = 16


def generate_clip(
    seed: int | Sequence[int], num_frames: int, size: int, least_objects: int = 3, most_objects: int = 6, fps: int = FPS
) -> np.ndarray:
    """Draws one clip. The same arguments give the same bytes.

    Args:
        seed: whole number, or a sequence of whole numbers.
        num_frames: length of the clip.
        size: height and width of a frame, in pixels.
        least_objects, most_objects: smallest and largest number of solids.
        fps: frames per second.

    Returns:
        uint8 [frames, size, size, 3].

    Raises:
        InputError: an option is invalid.
    """
    check_options("moving_objects", num_frames=num_frames, size=size, fps=fps)
    check_objects(least_objects, most_objects)
    rng = np.random.default_rng(seed)
    count = int(rng.integers(least_objects, most_objects + 1))
    colours = _COLOURS[rng.permutation(len(_COLOURS))[np.arange(count) % len(_COLOURS)]]
    shine = rng.choice([0.1, 0.7], count)  # rubber and metal
    light = _LIGHT + rng.uniform(-0.08, 0.08, 3)
    view = _View(size * _SUBPIXELS, (light / np.linalg.norm(light)).astype(np.float32))
    actors = choreograph(rng, num_frames, count, fps)
    frames = []
    for begin in range(0, num_frames, _FRAMES_AT_ONCE):
        span = slice(begin, min(begin + _FRAMES_AT_ONCE, num_frames))
        frames.append(view.draw(actors, span, colours, shine))
    return np.concatenate(frames)


class _View:
    """The camera's rays, the table that they hit, and the light."""

    def __init__(self, side: int, light: np.ndarray) -> None:
        self.side, self.light = side, light
        forward = _LOOK_AT - _EYE
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0, 0, 1]).astype(np.float32)
        right /= np.linalg.norm(right)
        up = np.cross(right, forward)
        across = ((np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1) * _FIELD
        x, y = np.meshgrid(across, -across)
        rays = forward + x[..., None] * right + y[..., None] * up
        self.rays = (rays / np.linalg.norm(rays, axis=-1, keepdims=True)).reshape(-1, 3).astype(np.float32)
        self.table_distance = np.where(self.rays[:, 2] < -1e-3, -_EYE[2] / self.rays[:, 2], np.inf).astype(np.float32)
        self.table_points = _EYE + self.table_distance[:, None] * self.rays
        self.table = self._table()

    def _table(self) -> np.ndarray:
        """The table's own colour at every ray: a soft weave, darker towards the back."""
        x, y = self.table_points[:, 0], self.table_points[:, 1]
        waves = np.sin(2.1 * x + 0.7 * y) + np.sin(3.3 * y - 1.2 * x) + np.sin(4.2 * x - 2.6 * y)
        shade = (1 + 0.03 * waves - 0.03 * y)[:, None]
        return (_TABLE * shade).astype(np.float32)

    def draw(self, actors: list[Actor], span: slice, colours: np.ndarray, shine: np.ndarray) -> np.ndarray:
        """Frames of a span, uint8 [frames, size, size, 3]."""
        num_frames, num_rays = span.stop - span.start, len(self.rays)
        lit = np.ones((num_frames, num_rays), bool)
        nearest = np.tile(self.table_distance, (num_frames, 1))
        solid = np.zeros((num_frames, num_rays, 3), np.float32)
        on_solid = np.zeros((num_frames, num_rays), bool)
        for actor, colour, gloss in zip(actors, colours, shine, strict=True):
            centre, turn = actor.position[span], actor.turn[span]
            frame, ray = _close(self.rays, _EYE - centre, REACH[actor.shape] * actor.size)
            frame, ray, distance, normal = _hits(actor, centre, turn, frame, ray, _EYE[None], self.rays)
            seen = distance < nearest[frame, ray]
            frame, ray, distance, normal = frame[seen], ray[seen], distance[seen], normal[seen]
            nearest[frame, ray] = distance
            solid[frame, ray] = self._shade(self.rays[ray], normal, colour, gloss)
            on_solid[frame, ray] = True
            frame, ray = self._close_to_light(centre, REACH[actor.shape] * actor.size)
            frame, ray, _, _ = _hits(actor, centre, turn, frame, ray, self.table_points, self.light[None])
            lit[frame, ray] = False
        brightness = _AMBIENT + (1 - _AMBIENT) * lit * self.light[2]
        canvas = np.where(on_solid[..., None], solid, self.table * brightness[..., None])
        size = self.side // _SUBPIXELS
        canvas = canvas.reshape(num_frames, size, _SUBPIXELS, size, _SUBPIXELS, 3).mean((2, 4))
        return (np.clip(canvas, 0, 1) * 255 + 0.5).astype(np.uint8)

    def _shade(self, rays: np.ndarray, normal: np.ndarray, colour: np.ndarray, gloss: float) -> np.ndarray:
        """Lambert's law, and a highlight where the light is mirrored."""
        facing = np.clip(normal @ self.light, 0, 1)
        mirrored = rays - 2 * np.einsum("ij,ij->i", rays, normal)[:, None] * normal
        highlight = np.clip(mirrored @ self.light, 0, 1) ** 24
        return (_AMBIENT + (1 - _AMBIENT) * facing)[:, None] * colour + gloss * highlight[:, None]

    def _close_to_light(self, centre: np.ndarray, reach: float) -> tuple[np.ndarray, ...]:
        """Points of the table that may be in the shadow of a sphere: (frames, rays)."""
        # Points of the table and the direction to the light are known: distances along and across it are sums of both.
        points = np.where(np.isfinite(self.table_points), self.table_points, 1e6)
        along = (centre @ self.light)[:, None] - points @ self.light
        squares = (centre * centre).sum(-1)[:, None] - 2 * centre @ points.T + (points * points).sum(-1)
        return np.nonzero(squares - along * along < reach * reach)


def _close(rays: np.ndarray, from_centre: np.ndarray, reach: float) -> tuple[np.ndarray, ...]:
    """Pairs (frame, ray) of camera rays that pass a sphere's centre within `reach`; `from_centre` is [frames, 3]."""
    along = from_centre @ rays.T
    return np.nonzero((from_centre * from_centre).sum(-1)[:, None] - along * along < reach * reach)


def _hits(
    actor: Actor,
    centre: np.ndarray,
    turn: np.ndarray,
    frame: np.ndarray,
    ray: np.ndarray,
    origins: np.ndarray,
    directions: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of pairs (frame, ray), those that hit a solid, with distance and normal.

    `origins` and `directions` are [rays, 3], or [1, 3] where all rays share them.
    """
    o = origins[ray] if len(origins) > 1 else np.broadcast_to(origins, (len(ray), 3))
    d = directions[ray] if len(directions) > 1 else np.broadcast_to(directions, (len(ray), 3))
    cos, sin = np.cos(turn)[frame], np.sin(turn)[frame]
    distance, normal = intersect(
        actor.shape, _turned(o - centre[frame], cos, -sin) / actor.size, _turned(d, cos, -sin) / actor.size
    )
    hit = np.isfinite(distance)
    return frame[hit], ray[hit], distance[hit], _turned(normal, cos, sin)[hit]


def _turned(vectors: np.ndarray, cos: np.ndarray, sin: np.ndarray) -> np.ndarray:
    """Vectors [n, 3] rotated about the vertical axis, each by its own angle."""
    x, y, z = vectors.T
    return np.stack([cos * x - sin * y, sin * x + cos * y, z], -1).astype(np.float32)


def check_objects(least_objects: int, most_objects: int) -> None:
    """Raises InputError unless this many solids can be drawn."""
    check_options("moving_objects", least_objects=least_objects, most_objects=most_objects)
    if not least_objects <= most_objects <= choreography.MOST_OBJECTS:
        raise InputError(
            f"moving_objects: {least_objects} to {most_objects} objects: expected a range up to "
            f"{choreography.MOST_OBJECTS}, which is what fits on the table; change least_objects or most_objects"
        )
