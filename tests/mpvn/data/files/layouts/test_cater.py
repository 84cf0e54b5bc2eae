"""CATER and its lists."""

from lists import files, refused, relative, text

from mpvn.data.files.listings import cater


def test_published_lists(tmp_path):
    root = files(tmp_path / "all_actions", *(f"videos/CATER_new_00000{n}.avi" for n in range(4)))
    lists = root / "lists/localize"
    text(lists / "train.txt", "CATER_new_000002.avi 35", "CATER_new_000000.avi 0")
    text(lists / "val.txt", "/scratch/images/CATER_new_000003.avi 7")
    listing = cater(root, lists)
    assert listing.class_names == [f"cell {n}" for n in range(36)]
    assert relative(listing.examples, root / "videos") == [("CATER_new_000002.avi", 35), ("CATER_new_000000.avi", 0)]
    assert relative(cater(root / "videos", lists, "test").examples, root / "videos") == [("CATER_new_000003.avi", 7)]
    text(root / "lists/localize_4x4/train.txt", "CATER_new_000002.avi 16")
    refused(lambda: cater(root, root / "lists/localize_4x4"), "train.txt, line 1", "below 16")
    text(root / "lists/actions_present/train.txt", "CATER_new_000002.avi 1,4,12")
    refused(lambda: cater(root, root / "lists/actions_present"), "line 1", "3 labels", "localize")
    refused(lambda: cater(root, root / "lists/none"), "train.txt", "CATER_new_005748.avi 12")
