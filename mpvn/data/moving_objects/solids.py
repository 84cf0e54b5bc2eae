"""Intersections of rays with solids, and surface normals. Plain NumPy.

Solids have their own coordinates: they reach from -1 to 1 along the third axis, which points up, and one unit to
every side.
"""

import numpy as np

SHAPES = ("sphere", "cone", "cube", "cylinder")
# Distance that each shape reaches from its centre, and from its axis.
REACH = {"sphere": 1.0, "cone": 2**0.5, "cube": 3**0.5, "cylinder": 2**0.5}
GIRTH = {"sphere": 1.0, "cone": 1.0, "cube": 2**0.5, "cylinder": 1.0}


def intersect(shape: str, origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First hits of rays with a solid.

    Args:
        shape: one of `SHAPES`.
        origins: [rays, 3], outside the solid.
        directions: [rays, 3], of any length.

    Returns:
        Distances [rays] in lengths of the direction, infinite where there is no hit, and unit normals [rays, 3], which
        mean nothing there.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return _SOLIDS[shape](origins, directions)


def _sphere(o: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    distance = _quadratic(_dot(d, d), _dot(o, d), _dot(o, o) - 1)
    return distance, _at(o, d, distance)


def _cube(o: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    near, far = (-np.sign(d) - o) / d, (np.sign(d) - o) / d
    # A ray parallel to a face is always inside its slab, or never.
    along = d == 0
    near = np.where(along, np.where(np.abs(o) < 1, -np.inf, np.inf), near)
    far = np.where(along, np.inf, far)
    axis = near.argmax(-1)
    enter, leave = near.max(-1), far.min(-1)
    distance = np.where((enter < leave) & (enter > 0), enter, np.inf)
    normal = np.zeros_like(d)
    rows = np.arange(len(d))
    normal[rows, axis] = -np.sign(d[rows, axis])
    return distance, normal


def _cylinder(o: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flat_o, flat_d = o[:, :2], d[:, :2]
    side = _quadratic(_dot(flat_d, flat_d), _dot(flat_o, flat_d), _dot(flat_o, flat_o) - 1)
    point = _at(o, d, side)
    side = np.where(np.abs(point[:, 2]) <= 1, side, np.inf)
    normal = np.concatenate([point[:, :2], np.zeros_like(point[:, :1])], -1)
    return _nearer(side, normal, *_disc(o, d, 1.0), *_disc(o, d, -1.0))


def _cone(o: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # x^2 + y^2 = ((1 - z) / 2)^2 below the tip at z = 1
    flat_o, flat_d, rise, slope = o[:, :2], d[:, :2], (1 - o[:, 2]) / 2, -d[:, 2] / 2
    a = _dot(flat_d, flat_d) - slope * slope
    b = _dot(flat_o, flat_d) - rise * slope
    c = _dot(flat_o, flat_o) - rise * rise
    root = np.sqrt(b * b - a * c)
    best = np.full(len(o), np.inf, o.dtype)
    for value in ((-b - root) / a, (-b + root) / a):
        height = o[:, 2] + value * d[:, 2]
        best = np.where((value > 0) & (np.abs(height) <= 1) & (value < best), value, best)
    point = _at(o, d, best)
    normal = np.concatenate([point[:, :2], (1 - point[:, 2:]) / 4], -1)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    return _nearer(best, normal, *_disc(o, d, -1.0))


_SOLIDS = {"sphere": _sphere, "cone": _cone, "cube": _cube, "cylinder": _cylinder}


def _disc(o: np.ndarray, d: np.ndarray, height: float) -> tuple[np.ndarray, np.ndarray]:
    """The flat end of a solid, at `height`."""
    distance = (height - o[:, 2]) / d[:, 2]
    point = _at(o, d, distance)
    inside = (distance > 0) & (_dot(point[:, :2], point[:, :2]) <= 1)
    normal = np.zeros_like(o)
    normal[:, 2] = np.sign(height)
    return np.where(inside, distance, np.inf), normal


def _nearer(distance: np.ndarray, normal: np.ndarray, *others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    for other, facing in zip(others[::2], others[1::2], strict=True):
        normal = np.where((other < distance)[:, None], facing, normal)
        distance = np.minimum(distance, other)
    return distance, normal


def _quadratic(a: np.ndarray, half_b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """The smaller root of `a t^2 + 2 half_b t + c`, infinite where there is none above 0."""
    value = (-half_b - np.sqrt(half_b * half_b - a * c)) / a
    return np.where(value > 0, value, np.inf)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", a, b)


def _at(o: np.ndarray, d: np.ndarray, distance: np.ndarray) -> np.ndarray:
    return o + np.where(np.isfinite(distance), distance, 0)[:, None] * d
