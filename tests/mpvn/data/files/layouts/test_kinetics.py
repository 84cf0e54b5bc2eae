"""Kinetics and miniKinetics: tables, and the trees that downloaders make."""

import json
import logging

import pytest
from lists import files, refused, relative, text

from mpvn.data.files.layouts import kinetics
from mpvn.data.files.layouts.place import Place
from mpvn.data.files.listings import kinetics_csv

HEAD = "label,youtube_id,time_start,time_end,split"


def test_one_table(tmp_path, caplog):
    root = files(
        tmp_path / "videos",
        "-a1_000010_000020.mp4",  # flat, trimmed
        "b2.webm",  # flat, by its id
        "air drumming/c3_000000_000010.mkv",  # below a folder of the label
        "air_drumming/d4.mp4",  # the same with underscores
        "zumba/-a1.txt",
        "other/e5_000003_000014.mp4",  # another stretch
    )
    rows = [
        "zumba,-a1,10,20,train",
        "abseiling,b2,1,11,validate",
        "air drumming,c3,0,10,train",
        "air drumming,d4,5,15,train",
        "zumba,e5,3,13,train",
        "zumba,-a1,10,20,train",  # each once
    ]
    table = text(tmp_path / "kinetics.csv", HEAD, *rows)
    with caplog.at_level(logging.WARNING):
        listing = kinetics_csv(root, table)
    assert listing.class_names == ["abseiling", "air drumming", "zumba"]
    assert relative(listing.examples, root) == [
        ("-a1_000010_000020.mp4", 2),
        ("b2.webm", 0),
        ("air drumming/c3_000000_000010.mkv", 1),
        ("air_drumming/d4.mp4", 1),
    ]
    assert [example[2:] for example in listing.examples] == [(None, None), (1, 11), (None, None), (5, 15)]
    assert list(listing.missing) == ["e5_000003_000013"]
    (message,) = caplog.messages
    assert "1 of the 5 videos" in message and "\n" not in message
    assert relative(kinetics_csv(root, table, "validate").examples, root) == [("b2.webm", 0)]
    assert kinetics_csv(root, table, "validate", ["zumba", "air drumming", "abseiling"]).examples[0].label == 2

    refused(lambda: kinetics_csv(root, table, "validate", ["zumba"]), table, "'abseiling'")
    refused(lambda: kinetics_csv(root, table, "test"), table, "'test'")
    refused(lambda: kinetics_csv(tmp_path / "none", table), tmp_path / "none", "the folder of the videos")
    refused(lambda: kinetics_csv(root, tmp_path / "none.csv"), tmp_path / "none.csv", "label,youtube_id")
    none = files(tmp_path / "no", "x.mp4")
    refused(lambda: kinetics_csv(none, table), "none of the 5 videos", "e5_000003_000013.mp4")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["label,youtube_id,split", "zumba,a,train"], ["no column time_start, time_end"]),
        ([HEAD], ["lists no video"]),
        ([HEAD, "zumba,a,soon,20,train"], ["are not both numbers"]),
        ([HEAD, "zumba,a,nan,20,train"], ["are not both numbers"]),
        ([HEAD, "zumba,a,1,inf,train"], ["are not both numbers"]),
        ([HEAD, "zumba,a,20,10,train"], ["begins at 20"]),
        ([HEAD, "zumba,a,-2,10,train"], ["begins at -2"]),
        ([HEAD, "zumba,a"], ["line 2", "time_start, time_end"]),
        (["youtube_id,time_start,time_end,split", "a,1,2,test"], ["no column label"]),
        ([""], ["is empty"]),
    ],
)
def test_tables_that_say_nothing(tmp_path, rows, words):
    table = text(tmp_path / "table.csv", *rows)
    refused(lambda: kinetics_csv(files(tmp_path / "v", "a.mp4"), table), table, *words)


@pytest.mark.parametrize(
    "pattern",
    [
        "{id}_{begin:06d}_{end:06d}.mp4",
        "k400/{split}/{label}/{id}_{begin:06d}_{end:06d}.mp4",
        "videos_{split}/{underscored}/{id}_{begin:06d}_{end:06d}.MP4",
        "{split}_256/{bare}/{id}_{begin}_{end}.mkv",
        "{split}/part_0/{id}_{begin}.0_{end}.0.webm",
        "{label}/{id}.mp4",
        "{label}/{id}_{begin:06d}_{end:06d}.mp4.mkv",
    ],
)
def test_trees_of_downloaders(tmp_path, pattern):
    labels = ("shooting goal (soccer)", "massaging person's head")
    names, tables = {}, {}
    for split, value in (("train", "train"), ("val", "validate")):
        rows = []
        for number, label in enumerate(labels):
            row = {"id": f"-{split}_1_{number}", "begin": 3 + number, "end": 13 + number}
            forms = {
                "underscored": label.replace(" ", "_"),
                "bare": label.replace(" ", "_").strip("()").replace("'", ""),
            }
            name = pattern.format(split=split, label=label, **row, **forms)
            files(tmp_path / "v", name)
            names.setdefault(split, []).append((name, 1 - number))  # the classes are sorted by name
            rows.append(f"{label},{row['id']},{row['begin']},{row['end']},{value}")
        tables[split] = str(text(tmp_path / f"{split}.csv", HEAD, *rows))
    place = Place(str(tmp_path / "v"), tables={"train": tables["train"], "test": tables["val"]})
    listings = kinetics.LAYOUT.read(place)
    assert relative(listings["train"].examples, tmp_path / "v") == names["train"]
    assert relative(listings["test"].examples, tmp_path / "v") == names["val"]


def test_replacements_and_the_right_folder_come_first(tmp_path):
    root = files(
        tmp_path / "v",
        "train/zumba/a_000001_000002.mp4",
        "replacement_for_corrupted_k400/a_000001_000002.mp4",
        "abseiling/b_000001_000002.mp4",
        "zumba/b_000001_000002.mp4",
        "test/c_000001_000002.mp4",
        "train/c_000001_000002.mp4",
    )
    table = text(tmp_path / "t.csv", HEAD, *(f"zumba,{name},1,2,train" for name in "abc"))
    assert relative(kinetics_csv(root, table).examples, root) == [
        ("replacement_for_corrupted_k400/a_000001_000002.mp4", 0),
        ("zumba/b_000001_000002.mp4", 0),
        ("train/c_000001_000002.mp4", 0),
    ]


def test_json(tmp_path):
    root = files(tmp_path / "v", "a.mp4", "train/b_000084_000094.mp4")
    table = tmp_path / "kinetics700.json"
    entry = {"duration": 10.0, "url": "https://www.youtube.com/watch?v=a"}
    rows = {
        "a": entry | {"annotations": {"label": "zumba", "segment": [3.5, 13.5]}, "subset": "train"},
        "b": entry | {"annotations": {"label": "abseiling", "segment": [84.0, 94.0]}, "subset": "train"},
    }
    table.write_text(json.dumps(rows))
    listing = kinetics_csv(root, table, "train")
    assert listing.class_names == ["abseiling", "zumba"]
    assert relative(listing.examples, root) == [("a.mp4", 1), ("train/b_000084_000094.mp4", 0)]
    assert listing.examples[0][2:] == (3.5, 13.5)
    for wrong in ("[]", "{", '{"a": {"subset": "test"}}', '{"a": 3}', "[" * 100000, '{"a": ' + "1" * 5000 + "}"):
        table.write_text(wrong)
        refused(lambda: kinetics_csv(root, table), table)


def test_parts_of_one_table(tmp_path):
    """The rows of the part alone; a table for one part may call it what Kinetics calls it."""
    root = files(tmp_path / "v", *(f"{name}.mp4" for name in "abcd"))
    rows = ["x,a,1,2,train", "x,b,1,2,validate", "x,c,1,2,test", "x,d,1,2,train"]
    table = str(text(tmp_path / "all.csv", HEAD, *rows))
    listings = kinetics.LAYOUT.read(Place(str(root), tables=dict.fromkeys(("train", "validation", "test"), table)))
    found = {part: [name for name, _ in relative(listing.examples, root)] for part, listing in listings.items()}
    assert found == {"train": ["a.mp4", "d.mp4"], "validation": ["b.mp4"], "test": ["c.mp4"]}
    validate = text(tmp_path / "val.csv", HEAD, rows[1])
    assert relative(kinetics_csv(root, validate, "test").examples, root) == [("b.mp4", 0)]
    train = text(tmp_path / "train.csv", HEAD, rows[0])
    refused(lambda: kinetics_csv(root, train, "test"), train, "'test'", "'train'")
    refused(lambda: kinetics_csv(root, validate, "train"), validate, "'train'", "'validate'")
    unsaid = text(tmp_path / "own.csv", "label,youtube_id,time_start,time_end", "x,a,1,2")
    assert len(kinetics_csv(root, unsaid, "test").examples) == 1


def test_mini_kinetics(tmp_path):
    root = files(tmp_path / "v", *(f"{name}.mp4" for name in "abc"))
    table = str(text(tmp_path / "train.csv", HEAD, "x,a,1,2,train", "y,b,1,2,train", "z,c,1,2,train"))
    ids = str(text(tmp_path / "train_ytid_list.txt", "c", "a", "gone"))
    listing = kinetics.LAYOUT.read(Place(str(root), tables={"train": table}, ids={"train": ids}))["train"]
    assert listing.class_names == ["x", "z"]
    assert relative(listing.examples, root) == [("a.mp4", 0), ("c.mp4", 1)]
    refused(lambda: kinetics.LAYOUT.read(Place(str(root), tables={"train": table}, ids={"test": ids})), "test_csv")
    none = str(text(tmp_path / "none.txt", "gone"))
    refused(lambda: kinetics.LAYOUT.read(Place(str(root), tables={"train": table}, ids={"train": none})), none, table)
