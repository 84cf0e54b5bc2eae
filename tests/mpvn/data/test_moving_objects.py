"""The solids, their paths, and the clips and builder of `moving_objects`."""

import numpy as np
import pytest

from mpvn.data import choreography, sources
from mpvn.data.choreography import choreograph, ease
from mpvn.data.moving_objects import builder as moving_objects
from mpvn.data.moving_objects import tabletop
from mpvn.data.moving_objects.solids import GIRTH, REACH, SHAPES, intersect
from mpvn.data.moving_objects.tabletop import FPS, generate_clip

INSIDE = {
    "sphere": lambda p: (p**2).sum(-1) < 1,
    "cube": lambda p: np.abs(p).max(-1) < 1,
    "cylinder": lambda p: (np.hypot(p[..., 0], p[..., 1]) < 1) & (np.abs(p[..., 2]) < 1),
    "cone": lambda p: (np.hypot(p[..., 0], p[..., 1]) < (1 - p[..., 2]) / 2) & (np.abs(p[..., 2]) < 1),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_rays_enter_solids_where_marching_along_them_does(shape):
    rng = np.random.default_rng(0)
    origins = rng.normal(size=(400, 3))
    origins *= 4 / np.linalg.norm(origins, axis=-1, keepdims=True)
    directions = rng.uniform(-1.5, 1.5, (400, 3)) - origins
    distance, normal = intersect(shape, origins, directions)
    steps = np.linspace(0, 2, 8001)
    inside = INSIDE[shape](origins[:, None] + steps[:, None] * directions[:, None])
    hit = inside.any(-1)
    # A ray that only grazes an edge may slip between two steps.
    assert (np.isfinite(distance) != hit).mean() < 0.01
    both = hit & np.isfinite(distance)
    assert 0.2 < both.mean() < 1
    assert np.abs(distance[both] - steps[inside.argmax(-1)][both]).max() < 2e-3
    # Normals point outwards and against the ray.
    point = (origins + distance[:, None] * directions)[both]
    np.testing.assert_allclose(np.linalg.norm(normal[both], axis=-1), 1, atol=1e-5)
    assert (np.einsum("ij,ij->i", normal[both], directions[both]) < 1e-6).all()
    assert INSIDE[shape](point - 0.01 * normal[both]).mean() > 0.97
    assert not INSIDE[shape](point + 0.01 * normal[both]).any()


@pytest.mark.parametrize("shape", SHAPES)
def test_reach_and_girth_bound_a_solid_closely(shape):
    points = np.random.default_rng(0).uniform(-1.8, 1.8, (200000, 3))
    points = points[INSIDE[shape](points)]
    for bound, found in (
        (REACH[shape], np.linalg.norm(points, axis=-1).max()),
        (GIRTH[shape], np.hypot(*points[:, :2].T).max()),
    ):
        assert 0.93 * bound < found <= bound


def test_a_ray_beside_a_cube_and_along_its_face_hits_nothing():
    distance, _ = intersect("cube", np.array([[1.5, -5.0, 0.0], [0.5, -5.0, 0.0]]), np.array([[0.0, 1.0, 0.0]] * 2))
    assert np.isinf(distance[0]) and distance[1] == 4


def test_paths_are_smooth():
    shares = ease(np.linspace(0, 1, 101))
    assert shares[0] == 0 and shares[-1] == pytest.approx(1) and (np.diff(shares) >= 0).all()
    moved = 0
    for seed in range(20):
        for actor in choreograph(np.random.default_rng(seed), 120, 6, FPS):
            speed = np.linalg.norm(np.diff(actor.position, axis=0), axis=-1)
            jolt = np.linalg.norm(np.diff(actor.position, 2, axis=0), axis=-1)
            assert speed.max() < 0.1 * 2 * actor.size and jolt.max() < 0.02
            assert np.abs(np.diff(actor.turn)).max() < 0.2
            assert (np.abs(actor.position[:, :2]) <= choreography.TABLE).all()
            moved += speed.max() > 0
    assert moved > 60


def test_solids_keep_out_of_each_other():
    nearest = np.inf
    for seed in range(30):
        actors = choreograph(np.random.default_rng(seed), 150, 6, FPS)
        for i, one in enumerate(actors):
            for other in actors[:i]:
                apart = one.position - other.position
                beside = np.hypot(apart[:, 0], apart[:, 1]) - one.girth - other.girth
                above = np.abs(apart[:, 2]) - one.size - other.size
                nearest = min(nearest, np.maximum(beside, above).min())
    assert 0 < nearest < 0.2


def test_at_a_higher_rate_frames_are_closer_and_movements_as_fast():
    slow, fast = (generate_clip(2, 40, 32, fps=fps).astype(int) for fps in (25, 100))
    changes = [np.abs(np.diff(clip, axis=0)).mean() for clip in (slow, fast)]
    assert changes[1] < 0.5 * changes[0]
    for fps in (25, 100):
        actors = choreograph(np.random.default_rng(3), 10 * fps, 4, fps)
        speeds = [np.linalg.norm(np.diff(a.position, axis=0), axis=-1).max() * fps for a in actors]
        assert 0.3 < max(speeds) < 1.5


def test_all_kinds_of_movement_occur():
    lifted = turned = slid = 0
    for seed in range(20):
        for actor in choreograph(np.random.default_rng(seed), 100, 4, FPS):
            lifted += np.ptp(actor.position[:, 2]) > 0.4
            turned += np.ptp(actor.turn) > 0.5
            slid += np.ptp(actor.position[:, 0]) > 0.2
    assert min(lifted, turned, slid) > 10


def test_same_seed_same_bytes_and_other_seed_other_bytes():
    clip = generate_clip((0, 5), 4, 32)
    assert clip.shape == (4, 32, 32, 3) and clip.dtype == np.uint8 and clip.std() > 5
    np.testing.assert_array_equal(clip, generate_clip((0, 5), 4, 32))
    assert not np.array_equal(clip, generate_clip((1, 5), 4, 32))
    assert not np.array_equal(clip, generate_clip((0, 6), 4, 32))


def test_frames_change_little_by_little():
    for seed in range(4):
        clip = generate_clip(seed, 60, 32).astype(int)
        order = np.random.default_rng(0).permutation(60)
        changes, shuffled = (np.abs(np.diff(c, axis=0)).mean((1, 2, 3)) for c in (clip, clip[order]))
        assert changes.max() < 2
        assert 0 < changes.mean() < 0.4 * shuffled.mean()


def test_shadows_fall_away_from_the_light(monkeypatch):
    # The same clip with rays to the light that meet nothing.
    clip = generate_clip(1, 1, 96).astype(int)[0]
    nothing = np.zeros(0, int), np.zeros(0, int)
    monkeypatch.setattr(tabletop._View, "_close_to_light", lambda *_: nothing)
    bright = generate_clip(1, 1, 96).astype(int)[0]
    darker = (bright - clip).sum(-1)
    assert darker.min() == 0
    assert 0.01 < (darker > 60).mean() < 0.3


def test_what_is_nearer_hides_what_is_behind():
    # A red cube right behind a blue one is not seen from in front.
    view = tabletop._View(64, np.array([0, 0, 1], np.float32))

    def at(y):
        return choreography.Actor("cube", 0.5, np.array([[0, y, 0.5]], np.float32), np.zeros(1, np.float32))

    red, blue = np.array([1, 0, 0], np.float32), np.array([0, 0, 1], np.float32)
    alone = view.draw([at(1.0)], slice(0, 1), [red], [0.0])[0].astype(int)
    for actors, colours in (([at(1.0), at(-0.6)], [red, blue]), ([at(-0.6), at(1.0)], [blue, red])):
        both = view.draw(actors, slice(0, 1), colours, [0.0, 0.0])[0].astype(int)
        seen = (both[..., 0] > both[..., 2] + 60).sum() / (alone[..., 0] > alone[..., 2] + 60).sum()
        assert seen < 0.7


def test_the_builder_keeps_what_was_drawn(tmp_path, capsys):
    options = dict(num_frames=3, size=16, num_train=3, num_validation=0, num_test=2, data_dir=str(tmp_path))
    found = {}
    for split in ("train", "test"):
        found[split] = [example["video"].numpy() for example in moving_objects.load(split, **options)]
    assert [len(clips) for clips in found.values()] == [3, 2]
    for index, split in enumerate(("train", "validation", "test")):
        for clip in found.get(split, ()):
            assert any(np.array_equal(clip, generate_clip((index, k), 3, 16)) for k in range(3))
    data = sources.moving_objects(**options)
    video, label = next(iter(data.batches("train", 2, training=True)))
    assert video.shape == (2, 3, 16, 16, 3) and label.shape == (2,) and float(video.numpy().max()) <= 1
    assert set(data.num_clips) == {"train", "test"}


def test_bad_options_are_one_line(one_line_error, tmp_path):
    one_line_error(lambda: generate_clip(0, 0, 32), "num_frames=0")
    one_line_error(lambda: generate_clip(0, 4, 8), "size=8", "16")
    one_line_error(lambda: generate_clip(0, 4, 32, 4, 12), "4 to 12", "9")
    one_line_error(lambda: moving_objects.load("train", num_train=0, num_validation=0, num_test=0), "no clips")
    one_line_error(lambda: moving_objects.load("all", data_dir=str(tmp_path)), "'all'")
