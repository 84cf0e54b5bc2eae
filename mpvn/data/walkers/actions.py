"""The actions that the figure performs, each a pose as a function of a phase.

The phase is an angle that grows by one turn per cycle. The two actions of a motion pair share one and the same pose
function and differ only in the sign in front of time. With a start phase that is uniform over the circle, a single
frame of one is therefore distributed exactly as a single frame of the other: only the order of the frames tells them
apart.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mpvn.data.walkers.skeleton import LEFT_ARM, LEFT_LEG, RIGHT_ARM, RIGHT_LEG, Pose, place, project


@dataclass(frozen=True)
class Style:
    """How one clip's figure performs its action. Nothing in it depends on which action that is.

    Attributes:
        phase: the phase at the middle of the clip, in radians, uniform over the circle.
        cycles_per_second: speed; an action multiplies it with its own pace.
        reach: factor on how far the limbs swing, around 1.
        side: +1 if the left limb acts, -1 if the right one does (one-sided actions).
        view: where within the action's range of viewing directions the camera is, in [-1, 1].
        flip: +1 or -1, which side the camera is on.
        elevation: angle of the camera above the horizon, in radians.
    """

    phase: float
    cycles_per_second: float
    reach: float
    side: int
    view: float
    flip: int
    elevation: float


def sample_style(rng: np.random.Generator) -> Style:
    """Draws a style. The number of draws is fixed, so that what is drawn after it does not depend on the action."""
    return Style(
        phase=rng.uniform(0, 2 * np.pi),
        cycles_per_second=rng.uniform(0.7, 1.5),
        reach=rng.uniform(0.85, 1.15),
        side=1 if rng.random() < 0.5 else -1,
        view=rng.uniform(-1, 1),
        flip=1 if rng.random() < 0.5 else -1,
        elevation=rng.uniform(0.12, 0.4),
    )


def _squat(pose: Pose, phase: np.ndarray, style: Style):
    depth = 0.2 + 0.4 * style.reach * (1 - np.cos(phase))
    pose.lean = 0.5 * depth
    for arm, leg in ((LEFT_ARM, LEFT_LEG), (RIGHT_ARM, RIGHT_LEG)):
        pose.set(arm, (1.45, 0.1))
        pose.set(leg, (1.5 * depth, 0.2), (-0.9 * depth, 0.1))


def _jump(pose: Pose, phase: np.ndarray, style: Style):
    height = 0.5 * (1 - np.cos(phase))
    pose.lift = 0.16 * style.reach * height
    for arm, leg in ((LEFT_ARM, LEFT_LEG), (RIGHT_ARM, RIGHT_LEG)):
        pose.set(arm, (0.2, 0.8 + 1.9 * height))
        pose.set(leg, (0.0, 0.15 + 0.5 * style.reach * height))


def _wave(pose: Pose, phase: np.ndarray, style: Style):
    arm = LEFT_ARM if style.side > 0 else RIGHT_ARM
    pose.set(arm, (0.0, 1.75), (0.0, 2.9 + 0.7 * style.reach * np.sin(phase)))


def _punch(pose: Pose, phase: np.ndarray, style: Style):
    stance = 0.4 * style.side
    for arm, leg, sign in ((LEFT_ARM, LEFT_LEG, 1), (RIGHT_ARM, RIGHT_LEG, -1)):
        out = np.clip(1.3 * style.reach * np.sin(phase) * sign, 0, 1)
        pose.set(arm, (0.35 + 1.2 * out, 0.2 * (1 - out)), (2.3 - 0.75 * out, -0.2))
        pose.set(leg, (stance * sign, 0.12), (stance * sign - 0.3, 0.12))
    pose.lean += 0.12


def _kick(pose: Pose, phase: np.ndarray, style: Style):
    leg = LEFT_LEG if style.side > 0 else RIGHT_LEG
    height = 0.5 * (1 - np.cos(phase))
    thigh = -0.15 + 1.75 * style.reach * height
    pose.set(leg, (thigh, 0.1), (thigh - 1.5 * (1 - height), 0.1))
    pose.lean = -0.3 * height
    for arm in (LEFT_ARM, RIGHT_ARM):
        pose.set(arm, (0.3, 0.7), (1.3, 0.4))


def _bow(pose: Pose, phase: np.ndarray, style: Style):
    pose.lean = 0.45 + 0.45 * style.reach * (1 - np.cos(phase))
    for arm in (LEFT_ARM, RIGHT_ARM):
        pose.set(arm, (-0.5 + 0.3 * pose.lean, 0.15))


def _walk(pose: Pose, phase: np.ndarray, style: Style):
    for arm, leg, at in ((LEFT_ARM, LEFT_LEG, phase), (RIGHT_ARM, RIGHT_LEG, phase + np.pi)):
        thigh = 0.55 * style.reach * np.sin(at)
        # The knee bends while the leg is brought forward; that is what tells walking from walking backwards.
        pose.set(leg, (thigh + 0.1, 0.03), (thigh - 0.1 - 0.24 * (1 + np.cos(at)) ** 2, 0.03))
        pose.set(arm, (-0.9 * thigh, 0.1), (-0.9 * thigh + 0.5, 0.05))
    pose.lean += 0.08


def _circle(pose: Pose, phase: np.ndarray, style: Style):
    arm, other = (LEFT_ARM, RIGHT_ARM) if style.side > 0 else (RIGHT_ARM, LEFT_ARM)
    # The camera is in front, so that a growing phase is clockwise for the viewer whichever arm it is.
    pose.limbs[:, arm] = np.stack([np.sin(phase), np.cos(phase), np.full_like(phase, 0.3)], -1)[:, None]
    pose.set(other, (-0.2, 0.75), (0.3, -0.7))


def _turn(pose: Pose, phase: np.ndarray, style: Style):
    pose.turn = phase
    for arm in (LEFT_ARM, RIGHT_ARM):
        pose.set(arm, (0.0, 1.4 * min(style.reach, 1.05)))


@dataclass(frozen=True)
class Action:
    """A pose function and how it is run through and looked at.

    Attributes:
        pose: writes the poses of the phases [num] into a Pose.
        direction: +1 or -1, the sign in front of time.
        pace: factor on the style's cycles per second.
        view: the camera's mean angle away from the front of the figure, in radians.
        spread: how far the angle may be from that, in radians.
    """

    pose: Callable[[Pose, np.ndarray, Style], None]
    direction: int = 1
    pace: float = 1.0
    view: float = 0.9
    spread: float = 0.5


_APPEARANCE = {
    "squat": Action(_squat),
    "jump": Action(_jump, view=0.0),
    "wave": Action(_wave, pace=1.3, view=0.0),
    "punch": Action(_punch, pace=1.2),
    "kick": Action(_kick),
    "bow": Action(_bow, pace=0.8, view=1.2),
}
_MOTION = {
    "walk_forward": Action(_walk, view=1.35),
    "walk_backward": Action(_walk, direction=-1, view=1.35),
    "circle_clockwise": Action(_circle, view=0.0),
    "circle_counterclockwise": Action(_circle, direction=-1, view=0.0),
    "turn_left": Action(_turn, pace=0.6),
    "turn_right": Action(_turn, direction=-1, pace=0.6),
}
ACTION_TABLE = {**_APPEARANCE, **_MOTION}
APPEARANCE_CLASSES = tuple(_APPEARANCE)
MOTION_CLASSES = tuple(_MOTION)
MOTION_PAIRS = tuple(zip(MOTION_CLASSES[::2], MOTION_CLASSES[1::2], strict=True))
ACTIONS = APPEARANCE_CLASSES + MOTION_CLASSES


def perform(action: str, style: Style, seconds: np.ndarray) -> np.ndarray:
    """Where the figure's points are as the camera sees them.

    Args:
        action: one of `ACTIONS`.
        style: how the action is performed.
        seconds: float [num], times counted from the middle of the clip.

    Returns:
        float32 [num, 19, 3], the points of `POINTS` (the COCO joints, then the toes) in body heights: to the right in
        the picture, up in the picture, towards the camera. The spot on the ground below the pelvis is the origin.
    """
    what = ACTION_TABLE[action]
    phase = style.phase + 2 * np.pi * what.direction * what.pace * style.cycles_per_second * np.asarray(seconds)
    pose = Pose(len(phase))
    what.pose(pose, phase, style)
    yaw = pose.turn + style.flip * (what.view + what.spread * style.view)
    return project(place(pose), yaw, style.elevation)
