"""Who moves where and when: bodies on a table that slide, are picked up and put down, turn, or rest.

As in CATER (Girdhar and Ramanan 2020), every solid slides and is picked up and placed, and cubes and cylinders also
rotate by 90 degrees about a perpendicular or a horizontal axis. How far, how fast and how often is our own choice.

The table is z = 0, x goes to the right and y away from the viewer. A body is kept apart from another one by the balls
around both, or by one of them being above the other. Its velocity is continuous, and its acceleration too.
"""

from dataclasses import dataclass

import numpy as np

from mpvn.data.solids import Body

FPS = 25
TABLE = np.array([[-2.7, -2.1], [2.7, 2.3]])  # corners of where centres may be
MARGIN = 0.06  # the least distance between two bodies
PEAK_SPEED = (1.4, 2.4)  # range of the highest speed of a move, per second
_DISTANCE = (0.8, 3.2)
_LIFT = (0.8, 1.8)
_PAUSE = (3, 30)  # frames between two moves of a body
_LEAD = 50  # frames before the first one that is shown, in which the first moves begin
_TRIES = 8  # to find a move that keeps apart from all others
_UP, _ALONG = 0.4, 0.6  # parts of a carrying that the way up, the way down, and the way along take
# A smootherstep is this much faster in its middle than on average.
_PEAK = 1.875
_LONGEST = int(np.ceil(_PEAK * FPS / PEAK_SPEED[0] * max(_DISTANCE[1] / _ALONG, _LIFT[1] / _UP)))


@dataclass(frozen=True)
class Motion:
    """Where bodies are.

    Attributes:
        position: float [num_frames, num_bodies, 3], their centres.
        rotation: float [num_frames, num_bodies, 3, 3], from their own axes to those of the world.
    """

    position: np.ndarray
    rotation: np.ndarray


def _ease(part: np.ndarray) -> np.ndarray:
    """Smootherstep: from 0 to 1, with no velocity and no acceleration at either end."""
    part = np.clip(part, 0, 1)
    return part**3 * (10 - 15 * part + 6 * part**2)


def _turn(axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Rotations [num, 3, 3] about a unit axis [3] by angles [num]."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    sine, cosine = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross)


def place(rng: np.random.Generator, bodies: list[Body]) -> np.ndarray | None:
    """Draws a place on the table for each body, apart from the others.

    Returns:
        float [num_bodies, 2]; None if a body did not find a place.
    """
    places = np.empty((0, 2))
    radii = np.array([body.radius for body in bodies])
    for index, radius in enumerate(radii):
        candidates = rng.uniform(*TABLE, (64, 2))
        distance = np.linalg.norm(candidates[:, None] - places, axis=-1)
        free = np.all(distance > radius + radii[:index] + MARGIN, axis=-1)
        if not free.any():
            return None
        places = np.concatenate([places, candidates[free][:1]])
    return places


def choreograph(rng: np.random.Generator, bodies: list[Body], places: np.ndarray, num_frames: int) -> Motion:
    """Plans the moves of bodies, one after the other in the order in which they begin.

    A longer motion starts with the shorter one of the same draws.

    Args:
        rng: draws the moves.
        bodies: who moves.
        places: float [num_bodies, 2], where they stand before, as `place` gives them.
        num_frames: length, at `FPS` frames per second.
    """
    num = len(bodies)
    total = _LEAD + num_frames
    yaw = _turn(np.array([0.0, 0.0, 1.0]), rng.uniform(0, 2 * np.pi, num))
    half = np.stack([body.half_height(pose) for body, pose in zip(bodies, yaw, strict=True)])
    # From the frame on up to which a body's moves are planned it rests; a move that is planned later may rely on that,
    # since to go on resting is open to everyone.
    length = total + _LONGEST
    position = np.tile(np.concatenate([places, half[:, None]], -1), (length, 1, 1))
    rotation = np.tile(yaw, (length, 1, 1, 1))
    half = np.tile(half, (length, 1))
    radii = np.array([body.radius for body in bodies])

    free = rng.integers(0, _LEAD, num)
    while free.min() < total:
        index = free.argmin()
        body, begin = bodies[index], free[index]
        others = np.arange(num) != index
        for _ in range(_TRIES):
            where, pose = _sample_move(rng, body, position[begin, index], rotation[begin, index])
            end = begin + len(where)
            # Until the end of all plans, where the body rests after its move.
            height = body.half_height(pose)
            rest = ((0, length - end), (0, 0))
            path = np.pad(where, rest, mode="edge")
            gap = path[:, None] - position[begin:, others]
            beside = np.hypot(gap[..., 0], gap[..., 1]) > radii[index] + radii[others] + MARGIN
            heights = np.pad(height[:, None], rest, mode="edge") + half[begin:, others]
            if np.all(beside | (np.abs(gap[..., 2]) > heights + MARGIN)):
                position[begin:, index], half[begin:, index] = path, heights_of(height, length - begin)
                rotation[begin:end, index], rotation[end:, index] = pose, pose[-1]
                free[index] = end
                break
        free[index] += rng.integers(*_PAUSE)
    return Motion(position[_LEAD:total], rotation[_LEAD:total])
