"""The clips, that a single frame says nothing about a motion class, and the builder."""

import dataclasses
import socket
from collections import Counter

import numpy as np
import pytest
import tensorflow_datasets as tfds

from mpvn.data.walkers import actions, scene
from mpvn.data.walkers import builder as walkers
from mpvn.data.walkers.builder import ACTIONS, APPEARANCE_CLASSES, JOINTS, MOTION_CLASSES, MOTION_PAIRS, generate_clip
from mpvn.errors import InputError


def same(clip, other):
    return all(np.array_equal(clip[name], other[name]) for name in clip)


@pytest.fixture
def without_figure(monkeypatch):
    """Draws a clip without the figure in it."""

    def draw(*args, **options):
        with monkeypatch.context() as patch:
            patch.setattr(scene, "draw_figure", lambda *_: None)
            return generate_clip(*args, **options)

    return draw


def changed_by_figure(without_figure, seed, action=None, size=64):
    """A clip, which of its pixels the figure changes, and which of its joints are on such a pixel."""
    clip = generate_clip(seed, 8, size, action)
    empty = without_figure(seed, 8, size, action)["video"]
    changed = np.abs(clip["video"].astype(int) - empty).max(-1) > 3
    x, y = np.clip(np.floor(clip["joints"]).astype(int), 0, size - 1).transpose(2, 0, 1)
    return clip, changed, changed[np.arange(8)[:, None], y, x]


def test_labels_are_twelve_and_half_of_them_are_motion_pairs():
    assert ACTIONS == APPEARANCE_CLASSES + MOTION_CLASSES
    assert len(set(ACTIONS)) == 12
    assert len(MOTION_CLASSES) == 6
    assert sum(MOTION_PAIRS, ()) == MOTION_CLASSES
    assert len(JOINTS) == 17


@pytest.mark.parametrize(("num_frames", "size"), [(1, 16), (5, 33), (8, 64)])
def test_shapes_and_types(num_frames, size):
    clip = generate_clip(0, num_frames, size)
    assert clip["video"].shape == (num_frames, size, size, 3)
    assert clip["video"].dtype == np.uint8
    assert clip["video"].std() > 5
    assert clip["joints"].shape == (num_frames, 17, 2)
    assert clip["joints"].dtype == np.float32
    assert clip["visible"].shape == (num_frames, 17)
    assert clip["visible"].dtype == bool
    assert type(clip["label"]) is int
    assert 0 <= clip["label"] < 12


def test_same_seed_same_bytes_and_other_seed_other_bytes():
    clip = generate_clip((1, 7), 4, 32)
    assert same(clip, generate_clip((1, 7), 4, 32))
    assert same(clip, generate_clip((1, 7), 4, 32, ACTIONS[clip["label"]]))
    assert not np.array_equal(clip["video"], generate_clip((0, 7), 4, 32)["video"])
    assert not np.array_equal(clip["video"], generate_clip((1, 8), 4, 32)["video"])


def test_seeds_draw_every_action():
    assert {generate_clip(seed, 1, 16)["label"] for seed in range(80)} == set(range(12))


def test_size_and_length_only_change_how_much_of_the_scene_is_seen():
    clip = generate_clip(3, 9, 48)
    np.testing.assert_allclose(generate_clip(3, 9, 96)["joints"], 2 * clip["joints"], rtol=1e-4)
    np.testing.assert_array_equal(generate_clip(3, 5, 48)["video"], clip["video"][2:-2])


@pytest.mark.parametrize("action", ACTIONS)
def test_visible_joints_lie_on_the_figure(action, without_figure):
    on_figure = []
    for seed in range(6):
        clip, changed, at_joint = changed_by_figure(without_figure, seed, action)
        assert 0.02 < changed.mean() < 0.4
        on_figure.append(at_joint[clip["visible"]])
    assert np.concatenate(on_figure).mean() > 0.97


def test_the_figure_is_not_seen_where_joints_are_hidden(without_figure):
    hidden = []
    for seed in range(60):
        clip, _, at_joint = changed_by_figure(without_figure, seed)
        inside = np.all((clip["joints"] >= 0) & (clip["joints"] < 64), axis=-1)
        hidden.append(at_joint[inside & ~clip["visible"]])
    hidden = np.concatenate(hidden)
    assert len(hidden) > 50
    # A few show through the edge of what hides them, which is a pixel wide on a bar of about seven.
    assert hidden.mean() < 0.3


def test_some_joints_are_out_of_the_picture_and_not_visible():
    outside = []
    for seed in range(60):
        clip = generate_clip(seed, 4, 16)
        out = np.any((clip["joints"] < 0) | (clip["joints"] >= 16), axis=-1)
        assert not np.any(clip["visible"] & out)
        outside.append(out.mean())
    assert 0 < np.mean(outside) < 0.1


def test_something_passes_in_front_now_and_then():
    clips = [generate_clip(seed, 16, 16) for seed in range(40)]
    hidden = [np.mean(~clip["visible"]) for clip in clips]
    assert 0.02 < np.mean(hidden) < 0.25
    assert np.mean(np.array(hidden) < 0.02) > 0.3


def test_backdrop_moves(without_figure):
    moved = [np.abs(np.diff(without_figure(seed, 5, 64)["video"].astype(int), axis=0)).mean() for seed in range(4)]
    assert min(moved) > 0.5


def test_all_but_the_figure_is_the_same_for_every_action(without_figure):
    videos = [without_figure(5, 4, 32, action)["video"] for action in ACTIONS]
    assert all(np.array_equal(video, videos[0]) for video in videos)


@pytest.mark.parametrize("pair", MOTION_PAIRS)
def test_motion_pair_is_the_same_movement_in_reverse(pair):
    seconds = np.linspace(-1, 1, 21)
    for seed in range(5):
        style = actions.sample_style(np.random.default_rng(seed))
        one, other = (actions.perform(action, style, seconds) for action in pair)
        np.testing.assert_array_equal(one, other[::-1])
        assert np.abs(one - other).max() > 0.05


@pytest.mark.parametrize("pair", MOTION_PAIRS)
def test_motion_pair_meets_in_the_middle_frame(pair):
    one, other = (generate_clip(11, 7, 32, action) for action in pair)
    np.testing.assert_array_equal(one["video"][3], other["video"][3])
    assert not np.array_equal(one["video"][0], other["video"][0])


@pytest.mark.parametrize("pair", MOTION_PAIRS)
def test_any_frame_of_one_class_is_a_frame_of_the_other_with_a_shifted_phase(pair):
    # The phase is uniform over the circle, so a shift of it leaves the distribution of the frame as it is.
    pace = actions.ACTION_TABLE[pair[0]].pace
    assert dataclasses.replace(actions.ACTION_TABLE[pair[0]], direction=-1) == actions.ACTION_TABLE[pair[1]]
    rng = np.random.default_rng(0)
    for seconds in rng.uniform(-2, 2, 10):
        style = actions.sample_style(rng)
        shifted = dataclasses.replace(style, phase=style.phase + 4 * np.pi * pace * style.cycles_per_second * seconds)
        one = actions.perform(pair[0], style, np.array([seconds]))
        np.testing.assert_allclose(one, actions.perform(pair[1], shifted, np.array([seconds])), atol=1e-5)


def sample_joints(names, num, frames, seed):
    """Joints in the picture, frames apart by a tenth of a second and long after the middle: [len(names) * num, ...]."""
    rng = np.random.default_rng(seed)
    seconds = 0.4 + 0.1 * np.arange(frames)
    joints = [actions.perform(name, actions.sample_style(rng), seconds) for name in names for _ in range(num)]
    return np.stack(joints)[:, :, :17, :2].reshape(len(names) * num, -1), np.repeat(np.arange(len(names)), num)


def nearest_mean(names, frames):
    known, known_labels = sample_joints(names, 250, frames, 0)
    asked, asked_labels = sample_joints(names, 300, frames, 1)
    means = np.stack([known[known_labels == label].mean(0) for label in range(len(names))])
    return np.mean(np.linalg.norm(asked[:, None] - means, axis=-1).argmin(1) == asked_labels)


def nearest_neighbour(names, frames):
    known, known_labels = sample_joints(names, 250, frames, 0)
    asked, asked_labels = sample_joints(names, 300, frames, 1)
    return np.mean(known_labels[np.linalg.norm(asked[:, None] - known, axis=-1).argmin(1)] == asked_labels)


@pytest.mark.parametrize("pair", MOTION_PAIRS)
def test_single_frames_do_not_separate_a_motion_pair_but_a_few_do(pair):
    assert 0.4 < nearest_mean(pair, frames=1) < 0.6
    assert 0.4 < nearest_neighbour(pair, frames=1) < 0.6
    assert nearest_neighbour(pair, frames=4) > 0.75


def test_single_frames_separate_appearance_classes():
    assert nearest_mean(APPEARANCE_CLASSES, frames=1) > 0.6
    assert nearest_neighbour(APPEARANCE_CLASSES, frames=1) > 0.9


def test_speed_is_in_cycles_per_second():
    style = actions.sample_style(np.random.default_rng(0))
    lap = 1 / (style.cycles_per_second * actions.ACTION_TABLE["walk_forward"].pace)
    one, other = actions.perform("walk_forward", style, np.array([0.1, 0.1 + lap]))
    np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.fixture
def offline(monkeypatch):
    def refuse(*_):
        raise AssertionError("reached out to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_builder_writes_what_generate_clip_draws(tmp_path, offline):
    options = {"num_frames": 3, "size": 16, "num_train": 24, "num_validation": 12, "num_test": 0}
    clips = {
        split: list(walkers.load(split, data_dir=str(tmp_path), **options).as_numpy_iterator())
        for split in ("train", "validation")
    }
    for number, (split, num) in enumerate((("train", 24), ("validation", 12))):
        assert Counter(int(clip["label"]) for clip in clips[split]) == dict.fromkeys(range(12), num // 12)
        expected = {}
        for index in range(num):
            clip = generate_clip((number, index), 3, 16, ACTIONS[index % 12])
            expected[clip["video"].tobytes()] = clip
        assert len(expected) == num
        for clip in clips[split]:
            assert same(expected.pop(clip["video"].tobytes()), clip)
    train, validation = ({clip["video"].tobytes() for clip in clips[split]} for split in clips)
    assert not train & validation
    assert len(walkers.load("train[:5]+validation", data_dir=str(tmp_path), **options)) == 17
    with pytest.raises(InputError, match="num_test of at least 1"):
        walkers.load("test[:3]", data_dir=str(tmp_path), **options)
    with pytest.raises(InputError, match="'val' is unknown: expected one of train, validation, test"):
        walkers.load("val", data_dir=str(tmp_path), **options)


def test_builder_is_registered_and_knows_its_features(tmp_path, offline):
    config = walkers.WalkersConfig(num_frames=3, size=16)
    builder = tfds.builder("walkers", data_dir=str(tmp_path), config=config, try_gcs=False)
    assert isinstance(builder, walkers.Walkers)
    assert builder.info.features["label"].names == list(ACTIONS)
    assert builder.info.features["video"].shape == (3, 16, 16, 3)
    assert walkers.Walkers(data_dir=str(tmp_path)).builder_config.name == walkers.WalkersConfig().name


def test_every_option_is_part_of_the_folder_name():
    names = {walkers.WalkersConfig().name}
    for field in ("num_frames", "size", "fps", "num_train", "num_validation", "num_test"):
        names.add(walkers.WalkersConfig(**{field: 17}).name)
    assert len(names) == 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_frames": 0}, "num_frames=0 .* at least 1"),
        ({"num_frames": 2.5}, "num_frames=2.5 .* whole number"),
        ({"size": 15}, "size=15 .* at least 16"),
        ({"num_train": -1}, "num_train=-1 .* at least 0"),
        ({"num_test": True}, "num_test=True .* whole number"),
        ({"num_train": 0, "num_validation": 0, "num_test": 0}, "no clips in any split"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message) as caught:
        walkers.WalkersConfig(**options)
    assert "\n" not in str(caught.value)


def test_bad_clip_is_named():
    with pytest.raises(ValueError, match="num_frames=0"):
        generate_clip(0, 0)
    with pytest.raises(ValueError, match="size=8"):
        generate_clip(0, 1, 8)
    with pytest.raises(ValueError, match="action='swim' .* squat"):
        generate_clip(0, action="swim")


def test_frame_rate_changes_when_frames_are_taken_not_what_they_show():
    slow, fast = (generate_clip(3, num_frames, 32, fps=fps) for num_frames, fps in ((5, 25), (9, 50)))
    np.testing.assert_array_equal(slow["video"], fast["video"][::2])
    np.testing.assert_allclose(slow["joints"], fast["joints"][::2], atol=1e-4)


def probe(clips, labels, num_train):
    """Share of held-out clips that a linear probe of the backdrop's mean colour gets right."""
    colours = np.stack([clip.reshape(-1, 3).mean(0) for clip in clips])
    colours = colours - colours.mean(1, keepdims=True)  # neither how bright it is nor
    colours /= np.linalg.norm(colours, axis=1, keepdims=True)  # how colourful says anything
    means = np.stack([colours[:num_train][labels[:num_train] == label].mean(0) for label in range(12)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    nearest = (colours[num_train:] @ means.T).argmax(1)
    return np.mean(nearest == labels[num_train:])


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_backdrop_tells_as_many_classes_as_it_is_asked_to(share, without_figure):
    labels = np.arange(960) % 12
    clips = [without_figure((9, i), 1, 16, ACTIONS[label], scene=share)["video"] for i, label in enumerate(labels)]
    expected = share + (1 - share) / 12
    assert probe(clips, labels, 480) == pytest.approx(expected, abs=0.075)


def test_a_scene_changes_nothing_but_the_backdrop():
    clip, other = generate_clip(4, 3, 32), generate_clip(4, 3, 32, scene=1.0)
    assert not np.array_equal(clip["video"], other["video"])
    assert all(np.array_equal(clip[name], other[name]) for name in ("label", "joints", "visible"))
    assert same(clip, generate_clip(4, 3, 32, scene=0.0)) and same(other, generate_clip(4, 3, 32, scene=1.0))
    assert walkers.WalkersConfig().name == walkers.WalkersConfig(scene=0.0).name
    assert walkers.WalkersConfig(scene=0.5).name == walkers.WalkersConfig().name + "-scene0.5"
    with pytest.raises(InputError, match="scene"):
        walkers.WalkersConfig(scene=1.5)
