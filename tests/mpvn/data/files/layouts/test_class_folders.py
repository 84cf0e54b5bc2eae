"""Folders of class folders, and what lies beside videos in them."""

import logging
import os

import pytest
from lists import files, refused, relative

from mpvn.data.files.layouts import class_folders
from mpvn.data.files.layouts.place import Place
from mpvn.data.files.listings import single_files


def listed(root):
    return class_folders.class_folders(root)


def test_single_files(tmp_path):
    files(tmp_path, "b.mp4", "a.mp4")
    listing = single_files([tmp_path / "b.mp4", str(tmp_path / "a.mp4")])
    assert relative(listing.examples, tmp_path) == [("b.mp4", 0), ("a.mp4", 0)]
    assert listing.class_names == ["unlabelled"]
    assert single_files(tmp_path / "a.mp4").examples == [(str(tmp_path / "a.mp4"), 0, None, None)]
    refused(lambda: single_files([]), "at least one video file")
    refused(lambda: single_files([tmp_path / "c.mp4"]), tmp_path / "c.mp4", "expected a video file")
    refused(lambda: single_files(tmp_path), tmp_path, "not a file")


def test_classes_are_folders_with_videos(tmp_path, caplog):
    files(tmp_path, "walk/b.AVI", "walk/a.mp4", "jump/z.webm", "jump/deeper/y.MTS", ".hidden/a.mp4", "walk/.x.mp4")
    files(tmp_path, "__MACOSX/walk/a.mp4", "walk/.DS_Store", "walk/Thumbs.db", "papers/readme.txt")
    (tmp_path / "sit").mkdir()
    listing = listed(tmp_path)
    assert listing.class_names == ["jump", "walk"]
    assert relative(listing.examples, tmp_path) == [
        ("jump/deeper/y.MTS", 0),
        ("jump/z.webm", 0),
        ("walk/a.mp4", 1),
        ("walk/b.AVI", 1),
    ]
    refused(lambda: listed(tmp_path / "none"), tmp_path / "none", "a folder of class folders")
    refused(lambda: listed(tmp_path / "sit"), tmp_path / "sit", "root/class name/video")
    caplog.clear()
    files(tmp_path, "top.mp4", "jump/notes.txt")
    with caplog.at_level(logging.WARNING):
        listed(tmp_path)
    (line,) = caplog.messages
    assert "3 files" in line and "notes.txt" in line and "\n" not in line


def test_links_are_followed_and_circles_ended(tmp_path):
    files(tmp_path / "disk", "walk/a.mp4")
    (tmp_path / "set" / "run").mkdir(parents=True)
    (tmp_path / "set" / "walk").symlink_to(tmp_path / "disk" / "walk")
    (tmp_path / "set" / "run" / "b.mp4").symlink_to(tmp_path / "disk" / "walk" / "a.mp4")
    (tmp_path / "set" / "run" / "again").symlink_to(tmp_path / "set")
    (tmp_path / "set" / "run" / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    for place in ("set/itself", "set/run/itself.mp4"):
        (tmp_path / place).symlink_to(tmp_path / place)
    (tmp_path / "set" / "again").symlink_to(tmp_path / "set")
    listing = listed(tmp_path / "set")
    assert listing.class_names == ["run", "walk"]
    assert ("run/b.mp4", 0) in relative(listing.examples, tmp_path / "set")
    assert not any(example.path.endswith("gone.mp4") for example in listing.examples)


def test_one_class_has_one_name_in_all_spellings(tmp_path):
    """Café with a composed letter, with an accent of its own, and in bytes that are no UTF-8."""
    for number, name in enumerate(("Caf\u00e9".encode(), "Cafe\u0301".encode(), "Caf\u00e9".encode("latin-1"))):
        os.makedirs(os.path.join(os.fsencode(tmp_path), name))
        open(os.path.join(os.fsencode(tmp_path), name, b"%d.mp4" % number), "w").close()
    listing = listed(tmp_path)
    assert listing.class_names == ["Caf\u00e9"] and len(listing.examples) == 3
    assert all(os.path.exists(example.path) for example in listing.examples)


@pytest.mark.parametrize("names", [("train", "val", "test"), ("Training", "validation", "TESTING")])
def test_folders_of_parts(tmp_path, names):
    for name in names:
        files(tmp_path, f"{name}/walk/a.mp4", f"{name}/jump/b.mp4")
    files(tmp_path, "readme.txt", "__MACOSX/x.mp4")
    listings = class_folders.LAYOUT.read(Place(str(tmp_path)))
    assert {part: listing.class_names for part, listing in listings.items()} == dict.fromkeys(
        ("train", "validation", "test"), ["jump", "walk"]
    )
    files(tmp_path, "cars/c.mp4")  # not to be taken for a class beside those, of which one would be for testing
    refused(lambda: class_folders.LAYOUT.read(Place(str(tmp_path))), tmp_path / "cars", "move it away")


def test_class_names_that_parts_have_too(tmp_path):
    files(tmp_path, "train/a.mp4", "test/b.mp4")
    assert class_folders.LAYOUT.read(Place(str(tmp_path)))["train"].class_names == ["test", "train"]
    files(tmp_path / "vehicles", "train/wagon/a.mp4", "bus/b.mp4")
    assert class_folders.LAYOUT.read(Place(str(tmp_path / "vehicles")))["train"].class_names == ["bus", "train"]
    files(tmp_path / "one", "test/walk/a.mp4", "test/jump/b.mp4")
    refused(lambda: class_folders.LAYOUT.read(Place(str(tmp_path / "one"))), "one/test", "no folder for training")
    files(tmp_path / "two", "train/walk/a.mp4", "val/walk/b.mp4", "valid/walk/c.mp4")
    refused(lambda: class_folders.LAYOUT.read(Place(str(tmp_path / "two"))), "two/val", "two/valid", "validation")
