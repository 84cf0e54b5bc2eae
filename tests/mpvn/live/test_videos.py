"""Which videos names stand for."""

import pytest

from mpvn.data.files.video_error import VideoError
from mpvn.live.videos import videos_of


@pytest.fixture
def folder(tmp_path):
    for name in ("a/one.mp4", "a/Two.AVI", "b/one.mp4", "b/notes.pdf", ".hidden.mp4"):
        (tmp_path / "clips" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "clips" / name).write_bytes(b"")
    return tmp_path / "clips"


def places(names):
    return [(video.name, video.place) for video in videos_of(names)]


def test_a_folder_is_all_its_videos(folder):
    wanted = [
        (f"{folder}/{place}{end}", place) for place, end in (("a/Two", ".AVI"), ("a/one", ".mp4"), ("b/one", ".mp4"))
    ]
    assert places([str(folder)]) == wanted


def test_a_list_names_videos_from_its_own_folder_on(folder):
    (folder / "list.txt").write_bytes(b"\xef\xbb\xbfa/one.mp4\r\n\r\nrtsp://me:secret@cam/1\r\n/abs/x.mkv\r\n")
    assert places([str(folder / "list.txt")]) == [
        (f"{folder}/a/one.mp4", "one"),
        ("rtsp://me:secret@cam/1", "cam_1"),
        ("/abs/x.mkv", "x"),
    ]


def test_no_two_videos_have_one_place():
    assert [place for _, place in places(["x/a.mp4", "y/a.mp4", "z/A.mkv", "-", "camera:0"])] == [
        "a",
        "a-2",
        "A-3",
        "stream",
        "camera_0",
    ]


def test_what_names_nothing_is_refused(tmp_path, one_line_error):
    one_line_error(lambda: videos_of([str(tmp_path)]), "holds no video")
    (tmp_path / "empty.txt").write_text("\n")
    one_line_error(lambda: videos_of([str(tmp_path / "empty.txt")]), "empty.txt")
    (tmp_path / "round.txt").write_text("round.txt\n")
    with pytest.raises(VideoError, match="another list"):
        videos_of([str(tmp_path / "round.txt")])
