"""UCF101 and lists in its form."""

import logging

import pytest
from lists import files, refused, relative, text

from mpvn.data.files.listings import ucf101


@pytest.fixture
def root(tmp_path):
    return files(tmp_path / "v", *(f"{name}/v_{name}_g0{n}_c01.avi" for name in ("Bow", "Arch") for n in (1, 2)))


@pytest.fixture
def lists(tmp_path):
    text(tmp_path / "lists/classInd.txt", "1 Bow", "2 Arch")
    text(tmp_path / "lists/trainlist01.txt", "Arch/v_Arch_g01_c01.avi 2", "Bow/v_Bow_g01_c01.avi 1", "")
    text(tmp_path / "lists/testlist01.txt", "Bow/v_Bow_g02_c01.avi", "Arch/v_Arch_g02_c01.avi")
    return tmp_path / "lists"


def test_published_lists(root, lists, tmp_path):
    text(lists / "testlist02.txt", "Bow/v_Bow_g01_c01.avi")
    listing = ucf101(root, lists)
    assert listing.class_names == ["Bow", "Arch"]
    assert relative(listing.examples, root) == [("Arch/v_Arch_g01_c01.avi", 1), ("Bow/v_Bow_g01_c01.avi", 0)]
    test = [("Bow/v_Bow_g02_c01.avi", 0), ("Arch/v_Arch_g02_c01.avi", 1)]
    assert relative(ucf101(root, lists, subset="test").examples, root) == test
    assert relative(ucf101(root, lists, 2, "test").examples, root) == [("Bow/v_Bow_g01_c01.avi", 0)]
    # As archives make folders, and as conversions leave the videos.
    assert ucf101(root.parent, lists.parent).examples == listing.examples
    (root / "Arch/v_Arch_g01_c01.avi").rename(root / "Arch/V_arch_g01_c01.MP4")
    assert relative(ucf101(root, lists).examples, root)[0] == ("Arch/V_arch_g01_c01.MP4", 1)


def test_videos_that_vanished_are_counted(root, lists, caplog):
    (root / "Arch/v_Arch_g01_c01.avi").unlink()
    files(root, "Bow/v_Arch_g01_c01.avi")  # of another class
    with caplog.at_level(logging.WARNING):
        listing = ucf101(root, lists)
    assert len(listing.examples) == 1 and list(listing.missing) == ["Arch/v_Arch_g01_c01.avi"]
    assert "1 of the 2 videos" in caplog.messages[0] and "v_Arch_g01_c01.avi" in caplog.messages[0]
    (root / "Bow/v_Bow_g01_c01.avi").unlink()
    refused(lambda: ucf101(root, lists), root, "none of the 2 videos")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Hand stand #1/clip 3 (final).mp4 2", ("Hand stand #1/clip 3 (final).mp4", 1)),
        ("Hand stand #1\\clip 3 (final).mp4\t2", ("Hand stand #1/clip 3 (final).mp4", 1)),
        ("Hand stand #1/clip 3 (final).mp4;2", ("Hand stand #1/clip 3 (final).mp4", 1)),
        ('"Hand stand #1/clip 3 (final).mp4" 2', ("Hand stand #1/clip 3 (final).mp4", 1)),
        ("./Hand stand #1/clip 3 (final).mp4", ("Hand stand #1/clip 3 (final).mp4", 1)),
        ("UCF-101/Hand stand #1/clip 3 (final).mp4 2", ("Hand stand #1/clip 3 (final).mp4", 1)),
        ("Hand stand #1/clip 3 (final) 2", ("Hand stand #1/clip 3 (final).mp4", 1)),
        ("Bow/7 1", ("Bow/7.mp4", 0)),
        ("loose.mp4 1", ("loose.mp4", 0)),
        ("clip 3 (final).mp4 2", ("Hand stand #1/clip 3 (final).mp4", 1)),
        ("Bow/x.bik 1", ("Bow/x.bik", 0)),
    ],
)
def test_names_with_spaces(tmp_path, line, found):
    root = files(tmp_path / "v", "Hand stand #1/clip 3 (final).mp4", "Bow/7.mp4", "loose.mp4", "Bow/x.bik")
    text(tmp_path / "classInd.txt", "1 Bow", "2 Hand stand #1")
    text(tmp_path / "trainlist01.txt", line)
    assert relative(ucf101(root, tmp_path).examples, root) == [found]


@pytest.mark.parametrize(
    ("index", "line", "words"),
    [
        ("2 Arch\n1 Bow", "Bow/a.avi 1", None),
        ("1 Bow\n2 Arch", "Bow/a.avi 2", ["trainlist01.txt, line 1", "Bow", "class 2"]),
        ("1 Bow\n2 Arch", "Bow/a.avi 7", ["trainlist01.txt, line 1", "class 7"]),
        ("1 Bow\n2 Arch", "a.avi 7", ["trainlist01.txt, line 1", "no class"]),
        ("1 Bow\n2 Arch", "a.avi", ["trainlist01.txt, line 1", "no class"]),
        ("1 Bow\n2 Arch", "Fly/a.avi", ["trainlist01.txt, line 1", "Fly"]),
        ("1 Bow\n2 Bow", "Bow/a.avi 1", ["classInd.txt, line 2", "duplicate"]),
        ("1 Bow\n1 Arch", "Bow/a.avi 1", ["classInd.txt, line 2", "duplicate"]),
        ("1 Bow\n3 Arch", "Bow/a.avi 1", ["classInd.txt", "1 to 2"]),
        ("0 Bow\n1 Arch", "Bow/a.avi 0", ["classInd.txt", "1 to 2"]),
        ("Bow", "Bow/a.avi 1", ["classInd.txt, line 1", "'Bow'"]),
        ("1 Bow", "", ["trainlist01.txt is empty"]),
    ],
)
def test_labels_are_the_numbers_of_the_index(tmp_path, index, line, words):
    root = files(tmp_path / "v", "Bow/a.avi", "a.avi")
    text(tmp_path / "classInd.txt", index)
    text(tmp_path / "trainlist01.txt", line)
    if words:
        refused(lambda: ucf101(root, tmp_path), *words)
    else:
        assert ucf101(root, tmp_path).class_names == ["Bow", "Arch"]
        assert relative(ucf101(root, tmp_path).examples, root) == [("Bow/a.avi", 0)]


def test_what_is_not_there_is_named(root, lists, tmp_path):
    refused(lambda: ucf101(root, lists, split=3), lists / "trainlist03.txt", "expected lines like")
    refused(lambda: ucf101(root, tmp_path / "none"), tmp_path / "none/classInd.txt", "'1 ApplyEyeMakeup'")
    refused(lambda: ucf101(tmp_path / "none", lists), tmp_path / "none", "the folder of class folders")
    refused(lambda: ucf101(root, lists, subset="val"), "'train' or 'test'")
