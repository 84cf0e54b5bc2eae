"""An articulated figure with the 17 COCO joints: from the directions of its limbs to points in the picture.

Plain numpy, for all frames of a clip at once. Body coordinates are in body heights: x to the figure's left, y up,
z forward; the pelvis is above the origin and the ground is y = 0.
"""

import numpy as np

JOINTS = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
JOINT_EDGES = (
    *((0, 1), (0, 2), (1, 3), (2, 4)),  # face
    *((5, 6), (5, 11), (6, 12), (11, 12)),  # torso
    *((5, 7), (7, 9), (6, 8), (8, 10)),  # arms
    *((11, 13), (13, 15), (12, 14), (14, 16)),  # legs
)
POINTS = (*JOINTS, "left_toe", "right_toe")

# Lengths in body heights.
_TORSO, _NECK, _SHOULDER, _HIP, _FOOT, _SOLE = 0.29, 0.165, 0.125, 0.07, 0.075, 0.035
_LIMB = {"arm": (0.165, 0.15), "leg": (0.235, 0.235)}
LEFT_ARM, RIGHT_ARM, LEFT_LEG, RIGHT_LEG = range(4)


class Pose:
    """Directions of the limbs in each of `num` frames; starts as an upright stance.

    Attributes:
        limbs: float [num, 4, 2, 3], directions of upper and lower segment of left arm, right arm, left leg and right
            leg. Their length does not matter.
        lean: float [num], bend of the torso forward, in radians.
        lift: float [num], height of the feet above the ground.
        turn: float [num], turn to the figure's own left, in radians.
    """

    def __init__(self, num: int) -> None:
        self.limbs = np.zeros((num, 4, 2, 3))
        self.lean, self.lift, self.turn = np.zeros((3, num))
        for limb in range(4):
            self.set(limb, (0.0, 0.2) if limb < LEFT_LEG else (0.0, 0.06))

    def set(self, limb: int, upper: tuple, lower: tuple | None = None) -> None:
        """Points a limb; `upper` and `lower` are (forward, outward) angles away from straight down, in radians."""
        side = 1 - 2 * (limb % 2)
        for segment, (forward, outward) in enumerate((upper, upper if lower is None else lower)):
            self.limbs[:, limb, segment, 0] = side * np.sin(outward)
            self.limbs[:, limb, segment, 1] = -np.cos(outward) * np.cos(forward)
            self.limbs[:, limb, segment, 2] = np.cos(outward) * np.sin(forward)


def place(pose: Pose) -> np.ndarray:
    """Forward kinematics: the points of `POINTS` in body coordinates, float [num, 19, 3]. Ignores `pose.turn`."""
    zero = np.zeros_like(pose.lean)
    left = np.array([1.0, 0.0, 0.0])
    up = np.stack([zero, np.cos(pose.lean), np.sin(pose.lean)], -1)
    ahead = np.stack([zero, -np.sin(pose.lean), np.cos(pose.lean)], -1)
    limbs = pose.limbs / np.linalg.norm(pose.limbs, axis=-1, keepdims=True)
    point = {}
    head = (_TORSO + _NECK) * up
    point["nose"] = head + 0.095 * ahead
    for name, side, arm, leg in (("left", 1, LEFT_ARM, LEFT_LEG), ("right", -1, RIGHT_ARM, RIGHT_LEG)):
        point[f"{name}_eye"] = head + 0.08 * ahead + 0.025 * up + side * 0.035 * left
        point[f"{name}_ear"] = head + side * 0.075 * left
        point[f"{name}_shoulder"] = shoulder = _TORSO * up + side * _SHOULDER * left
        point[f"{name}_elbow"] = elbow = shoulder + _LIMB["arm"][0] * limbs[:, arm, 0]
        point[f"{name}_wrist"] = elbow + _LIMB["arm"][1] * limbs[:, arm, 1]
        point[f"{name}_hip"] = hip = np.broadcast_to(side * _HIP * left, up.shape)
        point[f"{name}_knee"] = knee = hip + _LIMB["leg"][0] * limbs[:, leg, 0]
        point[f"{name}_ankle"] = ankle = knee + _LIMB["leg"][1] * limbs[:, leg, 1]
        # The foot is at a right angle to the shin.
        shin = limbs[:, leg, 1]
        point[f"{name}_toe"] = ankle + _FOOT * np.stack([zero, shin[:, 2], -shin[:, 1]], -1)
    points = np.stack([point[name] for name in POINTS], 1)
    # The lower foot stands on the ground, which also moves the pelvis down in a squat and up and down in a walk.
    points[..., 1] += (_SOLE + pose.lift - points[:, 15:17, 1].min(1))[:, None]
    return points


def project(points: np.ndarray, yaw: np.ndarray, elevation: float) -> np.ndarray:
    """Looks at points from a camera that is far away.

    Args:
        points: float [num, num_points, 3] in body coordinates.
        yaw: float [num], how far the figure is turned to its own left of facing the camera, in radians.
        elevation: angle of the camera above the horizon, in radians.

    Returns:
        float32 [num, num_points, 3] in body heights: to the right and up in the picture, and towards the camera.
    """
    x, y, z = np.moveaxis(points, -1, 0)
    sine, cosine = np.sin(yaw)[:, None], np.cos(yaw)[:, None]
    x, z = x * cosine + z * sine, z * cosine - x * sine
    sine, cosine = np.sin(elevation), np.cos(elevation)
    return np.stack([x, y * cosine - z * sine, z * cosine + y * sine], -1).astype(np.float32)
