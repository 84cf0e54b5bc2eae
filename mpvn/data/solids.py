"""Four solids: where a ray meets them, which way their surface faces there, and how much room they take.

All of it is about unit solids, which fit into the cube from -1 to 1 and stand upright along z: the ball of radius 1,
the cube itself, the cylinder of radius 1, and the cone with its tip at z = 1 and a base of radius 1 at z = -1. Rays
and points are given in the unit solid's own coordinates, x, y, z along the first axis of an array.
"""

from dataclasses import dataclass

import numpy as np

SOLIDS = ("sphere", "cone", "cube", "cylinder")
_TINY = 1e-9  # in place of 0 in a denominator, small beside anything that is computed in float32 here


def _nonzero(values: np.ndarray) -> np.ndarray:
    return np.where(np.abs(values) < _TINY, np.float32(_TINY), values)


def _between(origin, direction):
    """The span of depths where a coordinate is between -1 and 1."""
    inverse = 1 / _nonzero(direction)
    middle, half = -origin * inverse, np.abs(inverse)
    return middle - half, middle + half


def _roots(a, b, c):
    """Roots of a t² + 2 b t + c, the smaller one first, and whether there are any."""
    square = b * b - a * c
    # The sum of two numbers of the same sign, because their difference would lose digits.
    q = _nonzero(-(b + np.copysign(np.sqrt(np.maximum(square, 0)), b)))
    one, other = q / a, c / q
    return np.minimum(one, other), np.maximum(one, other), square > 0


def _sphere(origin, direction):
    near, far, met = _roots((direction * direction).sum(0), (origin * direction).sum(0), (origin * origin).sum(0) - 1)
    return near, far, met


def _cube(origin, direction):
    near, far = _between(origin, direction)
    return near.max(0), far.min(0), True


def _cylinder(origin, direction):
    (x, y, z), (dx, dy, dz) = origin, direction
    near, far, met = _roots(_nonzero(dx * dx + dy * dy), x * dx + y * dy, x * x + y * y - 1)
    bottom, top = _between(z, dz)
    return np.maximum(near, bottom), np.minimum(far, top), met


def _cone(origin, direction):
    (x, y, z), (dx, dy, dz) = origin, direction
    width, growth = 0.5 * (1 - z), -0.5 * dz  # the radius at the ray's height, and how it changes along the ray
    a = _nonzero(dx * dx + dy * dy - growth * growth)
    near, far, met = _roots(a, x * dx + y * dy - width * growth, x * x + y * y - width * width)
    # A ray that is steeper than the cone leaves the cone through its tip's mirror image, or comes from there.
    steep = a < 0
    near, far = (
        np.where(steep, np.where(growth > 0, far, -np.inf), near),
        np.where(steep, np.where(growth > 0, np.inf, near), far),
    )
    bottom, top = _between(z, dz)
    return np.maximum(near, bottom), np.minimum(far, top), met | steep


_SPANS = {"sphere": _sphere, "cone": _cone, "cube": _cube, "cylinder": _cylinder}


def intersect(solid: str, origin: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Depths at which rays enter a unit solid.

    Args:
        solid: one of `SOLIDS`.
        origin: float [3, num], outside of the solid.
        direction: float [3, num], of any length but 0.

    Returns:
        float [num], in lengths of `direction`; inf for a ray that misses the solid.
    """
    # Counted from the ray's point nearest to the centre, because farther away float32 is short of digits.
    middle = -(origin * direction).sum(0) / (direction * direction).sum(0)
    near, far, met = _SPANS[solid](origin + middle * direction, direction)
    return np.where(met & (near < far) & (far + middle > 0), near + middle, np.inf)


def normal(solid: str, point: np.ndarray) -> np.ndarray:
    """Outward normals (float [3, num], of any length) at points (float [3, num]) on a unit solid's surface."""
    x, y, z = point
    if solid == "sphere":
        return point
    if solid == "cube":
        size = np.abs(point)
        return np.where(size == size.max(0), np.sign(point), 0)
    radius, zero = np.sqrt(x * x + y * y), np.zeros_like(z)
    if solid == "cylinder":
        return np.where(radius > np.abs(z), [x, y, zero], [zero, zero, np.sign(z)])
    base = np.abs(z + 1) < np.abs(radius - 0.5 * (1 - z))
    return np.where(base, [zero, zero, zero - 1], [x, y, 0.5 * radius])


@dataclass(frozen=True)
class Body:
    """A solid of some size.

    Attributes:
        solid: one of `SOLIDS`.
        scale: float [3], factors on the unit solid's x, y, z; a cylinder and a cone are round, so that x and y agree,
            and for a sphere all three do.
    """

    solid: str
    scale: np.ndarray

    @property
    def radius(self) -> float:
        """Radius of the ball around the body's centre that holds the body however it is turned."""
        x, y, z = self.scale
        return float({"sphere": x, "cube": np.sqrt(x * x + y * y + z * z)}.get(self.solid, np.hypot(x, z)))

    def half_height(self, rotation: np.ndarray) -> np.ndarray:
        """How far the turned body reaches below its centre: float [...] for rotations [..., 3, 3].

        A cone is taken for the cylinder around it, which is exact as long as the cone stands upright.
        """
        x, y, z = np.moveaxis(rotation[..., 2, :] * self.scale, -1, 0)
        if self.solid == "sphere":
            return np.sqrt(x * x + y * y + z * z)
        if self.solid == "cube":
            return np.abs(x) + np.abs(y) + np.abs(z)
        return np.hypot(x, y) + np.abs(z)
