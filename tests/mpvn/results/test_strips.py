"""Strips of frames: every frame is where it belongs, enlarged as it is."""

import numpy as np
import pytest

from mpvn.results.pictures import Pillow
from mpvn.results.strips import CARD, GAP, PAPER, Row, frame_rows, instants, prediction_strip, stacked, strip


def videos(length=9):
    rng = np.random.default_rng(0)
    true = rng.random((length, 8, 8, 3))
    return {"input": true, "output": np.clip(true + 0.1, 0, 1)}


def test_frames_are_enlarged_without_smoothing_and_parted_by_gaps():
    frames = (255 * videos()["input"][:3]).astype(np.uint8).repeat(4, 1).repeat(4, 2)
    picture = strip([Row(frames, "a title"), Row(255 - frames, "b", "a note", ticks=[1, 2, 3])])
    for row, shown in enumerate((frames, 255 - frames)):
        top = GAP + row * (32 + GAP)
        for number, frame in enumerate(shown):
            left = picture.shape[1] - (3 - number) * (32 + GAP)
            np.testing.assert_array_equal(picture[top : top + 32, left : left + 32], frame)
            assert (picture[top : top + 32, left + 32 : left + 32 + GAP] == PAPER).all()


def test_rows_say_their_error(monkeypatch):
    rows = []
    monkeypatch.setattr("mpvn.results.strips.strip", lambda given, shown: rows.extend(given))
    found = videos()
    frame_rows(found, "input", first_tick=5, num_frames=3)
    assert [list(row.ticks) for row in rows] == [[], [5, 9, 13]]
    error = np.mean((found["output"] - found["input"]) ** 2)
    assert [(row.title, row.note) for row in rows] == [("input", ""), ("output", f"MSE {error:.4f}")]


@pytest.mark.parametrize(("length", "number"), [(9, 4), (3, 4), (1, 2)])
def test_instants_are_those_of_the_clip(length, number):
    found = instants(length, number)
    assert len(found) == number and found[0] == 0 and (number == 1 or found[-1] == length - 1)


def test_a_long_class_name_is_not_cut_off():
    short = prediction_strip(videos()["input"], "a", "b", size=240)
    long = prediction_strip(videos()["input"], "a" * 60, "b" * 60, size=240)
    assert long.shape[1] > 1.3 * short.shape[1] and long.shape[0] > short.shape[0]


@pytest.mark.parametrize("size", [32, 240])
def test_text_is_readable_at_the_width_at_which_a_picture_is_seen(monkeypatch, size):
    heights = []
    font = Pillow.font
    monkeypatch.setattr(Pillow, "font", lambda self, height: heights.append(height) or font(self, height))
    picture = prediction_strip(videos()["input"], "a", "b", size=size)
    assert heights[-1] * min(1, CARD / picture.shape[1]) >= 11


def test_pictures_of_several_sizes_are_one_array():
    found = stacked([np.zeros((2, 5, 3), np.uint8), np.ones((4, 3, 3), np.uint8)])
    assert found.shape == (2, 4, 5, 3) and (found[0, :2] == 0).all() and (found[0, 2:] == PAPER).all()
    assert (found[1, :, :3] == 1).all() and (found[1, :, 3:] == PAPER).all()
