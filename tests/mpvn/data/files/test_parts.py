"""What is trained on is not tested on, and all parts have the same classes."""

import os
from collections import Counter

import pytest
from lists import refused, text

from mpvn.data.files.fingerprints import same_files
from mpvn.data.files.holding_out import hold_out
from mpvn.data.files.layouts import LAYOUTS, layout_of
from mpvn.data.files.layouts.place import Place
from mpvn.data.files.parting import parts_of
from mpvn.data.files.recordings import recording
from mpvn.data.files.remembered import Remembered, name_of, remembering

SHARES = {"test": 0.25, "validation": 0.0}


def videos(root, *names):
    """Files of different content, that of their name."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"content of {name}")
    return root


def classes(root, number=8, names=("jump", "walk")):
    return videos(root, *(f"{name}/{index}.mp4" for name in names for index in range(number)))


def folders(root, shares=SHARES, seed=0, allowed=False, **roots):
    return parts_of(LAYOUTS["class_folders"], Place(str(root), roots=roots), shares, seed, allowed)


def names(parts, part):
    return {name_of(example.path, parts.root) for example in parts.examples[part]}


def test_same_files(tmp_path):
    paths = [videos(tmp_path, "a.mp4") / "a.mp4", tmp_path / "link.mp4", tmp_path / "hard.mp4", tmp_path / "copy.mp4"]
    paths[1].symlink_to(paths[0])
    os.link(paths[0], paths[2])
    paths[3].write_bytes(paths[0].read_bytes())
    others = [videos(tmp_path, "b.mp4") / "b.mp4", tmp_path / "empty.mp4", tmp_path / "void.mp4", tmp_path / "gone.mp4"]
    others[1].touch()
    others[2].touch()
    long = [tmp_path / "long.mp4", tmp_path / "longer.mp4"]  # the beginnings are the same
    for number, path in enumerate(long):
        path.write_bytes(bytes(100_000) + bytes([number]))
    found = same_files(map(str, [*paths, *others, *long]))
    assert {found[str(path)] for path in paths} == {str(paths[0])}
    assert all(found[str(path)] == str(path) for path in [*others, *long])
    between = same_files([str(paths[0])], [str(paths[3]), str(others[0])])
    assert between[str(paths[3])] == str(paths[0])
    within = same_files([str(paths[0]), str(paths[3])], [str(long[0])])
    assert within[str(paths[3])] == str(paths[3])  # no copy is in both


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Archery/v_Archery_g01_c01.avi", "Archery/v_Archery_g01_c07.avi", True),
        ("Archery/v_Archery_g01_c01.avi", "Archery/v_Archery_g02_c01.avi", False),
        ("wave/film_wave_u_cm_np1_fr_med_0.avi", "wave/film_wave_u_cm_np1_fr_med_13.avi", True),
        ("x/-a_000010_000020.mp4", "y/-a_000030_000040.mp4", True),
        ("x/1.mp4", "x/2.mp4", False),
        ("x/1.mp4", "y/1.mp4", False),
    ],
)
def test_recordings(one, other, same):
    assert (recording(one) == recording(other)) == same


def test_class_folders_are_split_by_class_and_seed(tmp_path):
    root = classes(tmp_path, names=("jump", "sit", "walk"))
    parts = folders(root)
    assert Counter(example.label for example in parts.examples["test"]) == {0: 2, 1: 2, 2: 2}
    assert not names(parts, "train") & names(parts, "test") and len(parts.examples["train"]) == 18
    assert names(folders(root), "test") == names(parts, "test")
    drawn = {frozenset(names(folders(root, seed=seed), "test")) for seed in range(6)}
    assert len(drawn) > 4
    three = folders(root, {"test": 0.25, "validation": 0.2})
    assert {part: len(examples) for part, examples in three.examples.items()} == {
        "train": 15,
        "test": 6,
        "validation": 3,
    }
    assert names(three, "test") == names(parts, "test")
    assert not names(three, "train") & names(three, "validation")
    assert list(folders(root, {"test": 0.0}).examples) == ["train"]


def test_the_draw_does_not_depend_on_where_the_folder_is(tmp_path):
    one, other = folders(classes(tmp_path / "one")), folders(classes(tmp_path / "z" / "other"))
    assert names(one, "test") == names(other, "test")


def test_copies_and_clips_of_one_recording_stay_together(tmp_path):
    root = videos(tmp_path, *(f"run/v_Run_g0{g}_c0{c}.avi" for g in range(1, 5) for c in range(1, 4)))
    videos(root, *(f"sit/{n}.mp4" for n in range(6)))
    for n in range(5):
        (root / f"sit/copy of {n}.mp4").write_bytes((root / f"sit/{n}.mp4").read_bytes())
    for seed in range(5):
        parts = folders(root, seed=seed)
        held = [name.removeprefix("run/") for name in names(parts, "test") if name.startswith("run/")]
        assert len(held) == 3 and len({name[:9] for name in held}) == 1
        of_sit = {name.removeprefix("sit/").removeprefix("copy of ") for name in names(parts, "test") - set(held)}
        assert not any(f"sit/{name}" in names(parts, "train") for name in of_sit)


def test_a_class_of_one_recording_is_named(tmp_path):
    root = classes(tmp_path)
    videos(root, "sit/v_Sit_g01_c01.avi", "sit/v_Sit_g01_c02.avi")
    refused(lambda: folders(root), "'sit'", "test_share")
    refused(lambda: folders(root, {"test": 0.0, "validation": 0.1}), "'sit'", "validation_share")


def test_nothing_to_hold_out_is_no_test_part(tmp_path, caplog):
    parts = folders(videos(tmp_path, "jump/a.mp4", "walk/b.mp4"))
    assert list(parts.examples) == ["train"] and "none is left for test" in caplog.text


def test_hold_out_of_classes_that_share_recordings():
    """A copy that is in two classes takes both along, and neither class is emptied."""
    from mpvn.data.files.examples import Example

    examples = [Example(f"/{label}/id{n}_000001_000002.mp4", label) for label in range(2) for n in range(3)]
    kept, held = hold_out(examples, 0.3, seed=0)
    assert {e.label for e in kept} == {e.label for e in held} == {0, 1}
    assert not {recording(e.path) for e in kept} & {recording(e.path) for e in held}


def test_a_run_remembers_its_parts(tmp_path, caplog):
    root = classes(tmp_path)
    before = folders(root, {"test": 0.25, "validation": 0.2})
    part_of = {name: part for part in before.examples for name in names(before, part)}
    videos(root, *(f"walk/new {n}.mp4" for n in range(20)))
    (root / min(names(before, "test"))).unlink()
    with remembering(Remembered(part_of, before.draws)):
        after = folders(root, {"test": 0.25, "validation": 0.2})
    assert names(after, "train") == names(before, "train")
    assert names(after, "validation") == names(before, "validation")
    assert names(after, "test") == names(before, "test") - {min(names(before, "test"))}
    assert "20 videos" in caplog.text
    with remembering(Remembered(part_of, before.draws)):
        another = folders(root, {"test": 0.5, "validation": 0.0})  # not what the run drew
    assert len(another.examples["test"]) > 10


@pytest.mark.parametrize("how", ["copy", "link", "same folder"])
def test_a_video_in_two_parts_is_named(tmp_path, how):
    train, test = classes(tmp_path / "train"), classes(tmp_path / "test")
    if how == "copy":
        (test / "walk/other.mp4").write_bytes((train / "jump/3.mp4").read_bytes())
    elif how == "link":
        (test / "walk/other.mp4").symlink_to(train / "jump/3.mp4")
    else:
        (tmp_path / "again").symlink_to(train)
        test = tmp_path / "again"
    # The contents are the names, which both folders share.
    for n, path in enumerate(sorted(test.rglob("[0-9].mp4")) if how != "same folder" else ()):
        path.write_text(f"other content {n}")
    refused(lambda: folders(train, test=str(test)), "3.mp4" if how != "same folder" else "0.mp4", "train", "test")
    assert list(folders(train, allowed=True, test=str(test)).examples) == ["train", "test"]


def test_recordings_in_two_parts_are_said(tmp_path, caplog):
    train = videos(tmp_path / "train", "run/v_Run_g01_c01.avi", "run/v_Run_g02_c01.avi")
    test = videos(tmp_path / "test", "run/v_Run_g01_c02.avi")
    folders(train, test=str(test))
    (line,) = caplog.messages
    assert line.startswith("1 recordings") and "v_Run_g01_c01.avi" in line and "v_Run_g01_c02.avi" in line


@pytest.mark.parametrize(("part", "lacks"), [("train", "test"), ("test", "train"), ("train", "validation")])
def test_a_class_in_one_part_alone_is_named(tmp_path, part, lacks):
    for name in ("train", "validation", "test"):
        videos(tmp_path / name, *(f"walk/{name}{n}.mp4" for n in range(2)))
    videos(tmp_path / part, "zumba/a.mp4")
    roots = {name: str(tmp_path / name) for name in ("validation", "test")}
    refused(lambda: folders(tmp_path / "train", **roots), "'zumba'", part, lacks)


def test_classes_that_nobody_has_are_named(tmp_path):
    root = videos(tmp_path / "v", "Bow/a.avi", "Bow/b.avi")
    text(tmp_path / "classInd.txt", "1 Bow", "2 Zumba")
    text(tmp_path / "trainlist01.txt", "Bow/a.avi 1", "Zumba/gone.avi 2")
    text(tmp_path / "testlist01.txt", "Bow/b.avi")
    place = Place(str(root), str(tmp_path))
    refused(lambda: parts_of(LAYOUTS["ucf101"], place, {}, 0), "'Zumba'", "no video")


@pytest.mark.parametrize(
    ("layout", "place", "words"),
    [
        ("ucf101", Place("v", "lists", tables={"train": "a.csv"}), ["train_csv", "'ucf101'", "layout to 'kinetics'"]),
        ("class_folders", Place("v", "lists"), ["split_dir to None", "'ucf101' or 'hmdb51' or 'cater'"]),
        ("cater", Place("v", "lists", 2), ["split to 1", "'ucf101' or 'hmdb51'"]),
        ("kinetics", Place("v", roots={"test": "w"}, tables={"train": "a.csv"}), ["test_root", "'class_folders'"]),
        ("hmdb51", Place("v", "lists", ids={"validation": "a.txt"}), ["validation_ids", "'kinetics'"]),
    ],
)
def test_what_a_layout_does_not_read_is_named(layout, place, words):
    refused(lambda: layout_of(layout, place), *words)


def test_labels_are_the_same_in_all_parts(tmp_path):
    """Tables that name their classes in other orders, and cells of a grid that no video ends in."""
    root = videos(tmp_path / "v", *(f"{name}.mp4" for name in "abcd"))
    head = "label,youtube_id,time_start,time_end,split"
    train = text(tmp_path / "train.csv", head, "zumba,a,1,2,train", "abseiling,b,1,2,train")
    test = text(tmp_path / "test.csv", head, "abseiling,c,1,2,test", "zumba,d,1,2,test")
    place = Place(str(root), tables={"train": str(train), "test": str(test)})
    parts = parts_of(LAYOUTS["kinetics"], place, {}, 0)
    assert {part: [e.label for e in examples] for part, examples in parts.examples.items()} == {
        "train": [1, 0],
        "test": [0, 1],
    }
    videos(tmp_path / "c", "CATER_new_1.avi", "CATER_new_2.avi")
    text(tmp_path / "localize/train.txt", "CATER_new_1.avi 3")
    text(tmp_path / "localize/val.txt", "CATER_new_2.avi 5")
    place = Place(str(tmp_path / "c"), str(tmp_path / "localize"))
    assert len(parts_of(LAYOUTS["cater"], place, {}, 0).class_names) == 36
