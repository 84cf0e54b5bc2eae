"""HMDB51 and its lists."""

import pytest
from lists import files, refused, relative, text

from mpvn.data.files.listings import hmdb51


def test_published_lists(tmp_path):
    root = files(tmp_path / "videos", *(f"{name}/{name}{n}.avi" for name in ("wave", "sit_up") for n in range(3)))
    lists = tmp_path / "lists"
    text(lists / "wave_test_split1.txt", "wave0.avi 1 ", "wave1.avi 2 ", "wave2.avi 0 ")
    text(lists / "sit_up_test_split1.txt", "sit_up0.avi 2 ", "sit_up1.avi 1 ", "sit_up2.avi 1 ")
    text(lists / "wave_test_split2.txt", "wave0.avi 2 ")
    listing = hmdb51(root, lists)
    assert listing.class_names == ["sit_up", "wave"]
    train = [("sit_up/sit_up1.avi", 0), ("sit_up/sit_up2.avi", 0), ("wave/wave0.avi", 1)]
    assert relative(listing.examples, root) == train
    assert relative(hmdb51(root, lists, 1, "test").examples, root) == [("sit_up/sit_up0.avi", 0), ("wave/wave1.avi", 1)]
    assert relative(hmdb51(root, lists, 2, "test").examples, root) == [("wave/wave0.avi", 0)]
    assert hmdb51(root, tmp_path).examples == listing.examples  # the folder that the archive was opened in

    refused(lambda: hmdb51(root, lists, 2), lists, "lists no video of this subset")
    refused(lambda: hmdb51(root, lists, 3), lists, "expected <class>_test_split3.txt")
    refused(lambda: hmdb51(root, tmp_path / "none"), tmp_path / "none", "a folder of split files")
    refused(lambda: hmdb51(tmp_path / "none", lists), tmp_path / "none", "the folder of class folders")
    (root / "wave/wave0.avi").unlink()
    assert list(hmdb51(root, lists).missing) == ["wave/wave0.avi"]


@pytest.mark.parametrize("name", ["a b (1).avi", "#122_x-y&z'[1]!.avi", "1 2.avi"])
def test_odd_names(tmp_path, name):
    root = files(tmp_path / "v", f"wave/{name}")
    text(tmp_path / "wave_test_split1.txt", f"{name} 1 ", "gone.avi 0")
    assert relative(hmdb51(root, tmp_path).examples, root) == [(f"wave/{name}", 0)]


@pytest.mark.parametrize(("line", "what"), [("wave1.avi 7", "'7'"), ("wave1.avi", "'wave1.avi'"), ("a.avi 1 x", "'x'")])
def test_lines_that_say_nothing(tmp_path, line, what):
    root = files(tmp_path / "v", "wave/wave0.avi")
    text(tmp_path / "wave_test_split1.txt", "wave0.avi 1", line)
    refused(lambda: hmdb51(root, tmp_path), "wave_test_split1.txt, line 2", what)
