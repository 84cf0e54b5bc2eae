"""Each layout with the files that real downloads have: some cannot be read, some are odd, and some are no videos."""

import csv
import os
import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mpvn.data.files.source import video_files

av = pytest.importorskip("av", reason="PyAV is not installed (the extra 'video')")

SIZE, FRAMES = (24, 32), 10
UPRIGHT = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
TURNED = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)


def write(path: Path, level: int, size=SIZE, frames=FRAMES, uneven=False, title="") -> None:
    """A video of one grey; with `uneven` times, every second frame is shown three times as long."""
    codec = "mpeg4" if path.suffix.lower() == ".avi" else "libx264"
    with av.open(str(path), "w", format=None if path.suffix.islower() else path.suffix[1:].lower()) as file:
        stream = file.add_stream(codec, rate=10)
        stream.height, stream.width = size
        stream.pix_fmt = "yuv444p" if codec == "libx264" else "yuv420p"  # which has odd sizes, too
        if title:
            file.metadata["title"] = title
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((*size, 3), level, np.uint8), format="rgb24")
            if uneven:
                frame.pts, frame.time_base = 2 * index + index % 2, Fraction(1, 20)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def rotate(path: Path) -> None:
    content = path.read_bytes()
    place = content.index(UPRIGHT, content.index(b"tkhd"))
    path.write_bytes(content[:place] + TURNED + content[place + len(TURNED) :])


@pytest.fixture(scope="module")
def recordings(tmp_path_factory) -> dict[str, Path]:
    """One file of each kind; readable ones have the grey 10 times their place."""
    folder = tmp_path_factory.mktemp("recordings")
    kinds = {
        "plain": ("plain.mp4", {}),
        "short": ("short.mp4", {"frames": 3}),
        "rotated": ("rotated.mp4", {}),
        "uneven": ("uneven.mkv", {"uneven": True}),
        "odd": ("odd.mkv", {"size": (23, 33)}),
        "latin": ("latin.avi", {"title": "Cafe crème"}),
        "capitals": ("CAPITALS.AVI", {}),
        "damaged": ("damaged.mp4", {}),
        "other": ("other.mp4", {}),
    }
    paths = {}
    for number, (kind, (name, settings)) in enumerate(kinds.items()):
        paths[kind] = folder / name
        write(paths[kind], 10 * number, **settings)
    rotate(paths["rotated"])
    latin = paths["latin"].read_bytes()
    assert "crème".encode() in latin
    paths["latin"].write_bytes(latin.replace("crème".encode(), "crème".encode("latin-1") + b"."))
    content = paths["damaged"].read_bytes()
    paths["damaged"].write_bytes(content[: len(content) // 2])
    paths["empty"] = folder / "empty.mp4"
    paths["empty"].touch()
    return paths


# Training videos by class, test videos by class.
TRAIN = {"Bow": ["plain", "short", "rotated", "damaged", "empty"], "Arch": ["uneven", "odd", "latin", "capitals"]}
TEST = {"Bow": ["other"], "Arch": ["linked"]}
READABLE = {"plain": 0, "short": 1, "rotated": 2, "uneven": 3, "odd": 4, "latin": 5, "capitals": 6}


def place(recordings: dict[str, Path], target: Path, kind: str) -> Path:
    """Puts a recording where a layout has it, with its own ending; "linked" is a symbolic link to another one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if kind == "linked":
        original = target.parents[2] / "elsewhere.mp4"
        write(original, 90)
        target = target.with_suffix(".mp4")
        os.symlink(original, target)
        return target
    target = target.with_suffix(recordings[kind].suffix)
    target.write_bytes(recordings[kind].read_bytes())
    for clutter in (".DS_Store", "Thumbs.db", "._plain.mp4"):
        (target.parent / clutter).write_bytes(b"clutter")
    return target


def windows_lines(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode())


def class_folders(recordings, root: Path) -> dict:
    for part, classes in (("train", TRAIN), ("test", TEST)):
        for name, kinds in classes.items():
            for kind in kinds:
                place(recordings, root / part / name / kind, kind)
    return {"layout": "class_folders", "root": str(root)}


def ucf101(recordings, root: Path) -> dict:
    windows_lines(root / "lists/classInd.txt", ["1 Arch", "2 Bow"])
    for part, classes in (("train", TRAIN), ("test", TEST)):
        lines = []
        for name, kinds in classes.items():
            for number, kind in enumerate(kinds):
                group = number if part == "train" else 20 + number
                made = place(recordings, root / "UCF-101" / name / f"v_{name}_g{group:02d}_c01", kind)
                label = f" {['Arch', 'Bow'].index(name) + 1}" if part == "train" else ""
                lines.append(f"{name}/{made.stem}.avi{label}")
        windows_lines(root / f"lists/{part}list01.txt", lines)
    return {"layout": "ucf101", "root": str(root / "UCF-101"), "split_dir": str(root / "lists")}


def hmdb51(recordings, root: Path) -> dict:
    for name in TRAIN:
        lines = []
        for mark, classes in (("1", TRAIN), ("2", TEST)):
            for kind in classes[name]:
                made = place(recordings, root / "videos" / name / f"{kind} of {name}", kind)
                lines.append(f"{made.stem}.avi {mark} ")
        windows_lines(root / f"lists/{name}_test_split1.txt", lines)
    return {"layout": "hmdb51", "root": str(root / "videos"), "split_dir": str(root / "lists")}


def kinetics(recordings, root: Path) -> dict:
    tables = {}
    for part, classes in (("train", TRAIN), ("test", TEST)):
        lines = ["label,youtube_id,time_start,time_end,split"]
        for name, kinds in classes.items():
            for kind in kinds:
                place(recordings, root / "videos" / part / name / f"{kind:_<11.11}_000010_000020", kind)
                lines.append(f"{name},{kind:_<11.11},10,20,{part}")
        windows_lines(root / f"{part}.csv", lines)
        tables[f"{part}_csv"] = str(root / f"{part}.csv")
    return {"layout": "kinetics", "root": str(root / "videos"), **tables}


def cater(recordings, root: Path) -> dict:
    number = 0
    for part, classes in (("train", TRAIN), ("val", TEST)):
        lines = []
        for name, kinds in classes.items():
            for kind in kinds:
                made = place(recordings, root / "all_actions/videos" / f"CATER_new_{number:06d}", kind)
                lines.append(f"{made.name} {['Arch', 'Bow'].index(name)}")
                number += 1
        windows_lines(root / f"lists/localize/{part}.txt", lines)
    return {"layout": "cater", "root": str(root / "all_actions"), "split_dir": str(root / "lists/localize")}


@pytest.mark.parametrize("layout", [class_folders, ucf101, hmdb51, kinetics, cater])
def test_what_is_odd_is_read_and_what_cannot_be_read_is_named(layout, recordings, tmp_path):
    settings = layout(recordings, tmp_path / "set")
    data = video_files(**settings, num_frames=4, size=16, flip=False, max_skipped=0.3)
    data.check(tmp_path)
    assert dict(data.num_clips) == {"train": 7, "test": 2}
    with open(tmp_path / "skipped.csv", newline="") as file:
        skipped = [row["reason"] for row in csv.DictReader(file)]
    assert len(skipped) == 2

    labels = {0: "Arch", 1: "Bow"}
    found = {
        round(float(clip["video"].numpy().mean() * 25.5)): labels[int(clip["label"])]
        for clip in data.clips("train", False, 0, 0)
    }
    assert found == {READABLE[kind]: name for name, kinds in TRAIN.items() for kind in kinds if kind in READABLE}
    (test,) = data.batches("test", 2)
    assert test[0].shape == (2, 4, 16, 16, 3) and sorted(test[1].numpy()) == [0, 1]
    if layout is not cater:
        assert data.class_names == ["Arch", "Bow"]


@pytest.mark.parametrize(
    ("layout", "settings", "word"),
    [
        ("class_folders", {"split_dir": "lists"}, "split_dir"),
        ("class_folders", {"split": 2}, "split"),
        ("class_folders", {"test_csv": "test.csv"}, "test_csv"),
        ("ucf101", {"split_dir": "lists", "test_root": "test"}, "test_root"),
        ("hmdb51", {"split_dir": "lists", "train_ids": "ids.txt"}, "train_ids"),
        ("cater", {"split_dir": "lists", "split": 3}, "split"),
        ("kinetics", {"train_csv": "train.csv", "validation_root": "val"}, "validation_root"),
    ],
)
def test_what_a_layout_does_not_read_is_named(one_line_error, layout, settings, word):
    one_line_error(lambda: video_files("root", layout, **settings), f"{word} is set", "does not read it")
