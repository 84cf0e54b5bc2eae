"""Movements of solids on a table: they slide, turn, are picked up and put down, or rest. Plain NumPy.

The kinds of movement are those of CATER (Girdhar and Ramanan 2020), except for containment; all numbers are our choice.
The visible part of the table is about five units wide.
"""

from dataclasses import dataclass

import numpy as np

from mpvn.data.moving_objects.solids import GIRTH, SHAPES

TABLE = 1.9  # centres stay within this distance of the middle, along both axes
SIZES = (0.3, 0.5)
MOST_OBJECTS = 9  # number of starting places in the grid
_GAP = 0.06
_TRIES = 30


@dataclass(frozen=True)
class Actor:
    """A solid and its path.

    Attributes:
        shape: one of `SHAPES`.
        size: half its height.
        position: float [frames, 3], its centre.
        turn: float [frames], angle about the vertical axis.
    """

    shape: str
    size: float
    position: np.ndarray
    turn: np.ndarray

    @property
    def girth(self) -> float:
        """The distance that it reaches from its axis."""
        return self.size * GIRTH[self.shape]


def choreograph(rng: np.random.Generator, num_frames: int, num_objects: int, fps: float) -> list[Actor]:
    """Plans solids that move at random times without touching each other.

    Args:
        rng: random generator.
        num_frames: length of the clip.
        num_objects: number of solids, at most `MOST_OBJECTS`.
        fps: frames per second.
    """
    actors = []
    for place in _places(rng, num_objects):
        size = rng.uniform(*SIZES)
        position = np.tile(np.array([*place, size], np.float32), (num_frames, 1))
        turn = np.full(num_frames, rng.uniform(0, 2 * np.pi), np.float32)
        actors.append(Actor(SHAPES[rng.integers(len(SHAPES))], size, position, turn))
    # Each begins at a random time of a rest, so that clips do not start with all solids at rest.
    planned = [int(rng.integers(0, max(1, int(0.6 * fps)))) for _ in actors]
    while min(planned) < num_frames:
        i = int(np.argmin(planned))
        length = int(rng.uniform(1.5, 3.5) * fps)
        _act(rng, actors, i, planned[i], length, length / fps)
        planned[i] += length + int(rng.uniform(0.1, 0.8) * fps)
    return actors


def ease(share: np.ndarray) -> np.ndarray:
    """A smooth transition from 0 to 1: position, speed and acceleration are continuous."""
    return share**3 * (10 - 15 * share + 6 * share**2)


def _act(rng: np.random.Generator, actors: list[Actor], i: int, begin: int, length: int, seconds: float) -> None:
    """Writes one movement of actor `i`, of given length, into its path: it stays where the movement ends."""
    actor, num_frames = actors[i], len(actors[i].turn)
    kind = rng.choice(["slide", "slide", "turn", "place"])
    share = ease(np.clip((np.arange(begin, num_frames) - begin) / length, 0, 1)).astype(np.float32)
    if kind == "turn":
        actor.turn[begin:] = actor.turn[begin] + rng.uniform(0.4, 1.0) * np.pi * rng.choice([-1, 1]) * share
        return
    start = actor.position[begin].copy()
    for _ in range(_TRIES):
        # The distance is limited by the time: at 25 frames/s, at most a third of a pixel of 64 per frame.
        step = rng.normal(size=2)
        step *= rng.uniform(0.5, 1.0) * seconds * 0.35 / np.linalg.norm(step)
        target = np.clip(start[:2] + step, -TABLE, TABLE)
        path = np.repeat(start[None], num_frames - begin, 0)
        path[:, :2] += share[:, None] * (target - start[:2])
        if kind == "place":
            path[:, 2] += rng.uniform(0.7, 1.0) * seconds * 0.275 * (4 * share * (1 - share)) ** 2
        if _is_free(actors, i, begin, path):
            actor.position[begin:] = path
            return


def _is_free(actors: list[Actor], i: int, begin: int, path: np.ndarray) -> bool:
    """Whether actor `i` keeps clear of all planned movements of others, on its way and where it stays."""
    for j, other in enumerate(actors):
        if j == i:
            continue
        apart = path - other.position[begin:]
        beside = np.hypot(apart[:, 0], apart[:, 1]) > actors[i].girth + other.girth + _GAP
        above = np.abs(apart[:, 2]) > actors[i].size + other.size + _GAP
        if not np.all(beside | above):
            return False
    return True


def _places(rng: np.random.Generator, num_objects: int) -> np.ndarray:
    """Places [objects, 2] with room around them: cells of a grid, one each."""
    cells = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), -1).reshape(-1, 2) * 1.5
    chosen = rng.permutation(len(cells))[:num_objects]
    return cells[chosen] + rng.uniform(-0.02, 0.02, (num_objects, 2))
