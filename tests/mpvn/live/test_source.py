"""Addresses and pipes, on this machine: what answers is streamed, and what does not is one line."""

import http.server
import os
import socket
import threading
import time

import numpy as np
import pytest

from mpvn.data.files import named_source
from mpvn.data.files.addresses import shown
from mpvn.data.files.reader import VideoError
from mpvn.layers.viewing import Viewing
from mpvn.live.source import Source, is_live

av = pytest.importorskip("av", reason="PyAV is not installed (the extra 'video')")
FRAMES, RATE = 20, 40


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Files of greys, half a second each."""
    folder = tmp_path_factory.mktemp("clips")
    for ending in ("ts", "mkv"):
        with av.open(str(folder / f"clip.{ending}"), "w") as file:
            stream = file.add_stream("libx264", rate=RATE, options={"bf": "0"})
            stream.height, stream.width, stream.pix_fmt = 32, 48, "yuv420p"
            for index in range(FRAMES):
                picture = np.full((32, 48, 3), 20 + 5 * index, np.uint8)
                file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            file.mux(stream.encode(None))
    return folder


@pytest.fixture(scope="module")
def server(clips):
    """Address of a server. /half breaks off at its first two connections, /live says no length."""
    data, halves = (clips / "clip.ts").read_bytes(), [1, 2]

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *words):
            pass

        def do_GET(self):
            self.send_response(200)
            part = data
            if self.path == "/half" and halves:
                part = data[: len(data) * halves.pop(0) // 3]
            if self.path != "/live":
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(part)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def greys(source):
    """The numbers of the frames, and then the source is closed."""
    found = [round((float(moment.shot.picture().mean()) - 20) / 5) for moment in source]
    source.close()
    return found


def test_a_recording_on_a_server_is_read_whole(server):
    source = Source(f"{server}/clip.ts")
    assert not source.realtime and greys(source) == list(range(FRAMES))


def test_a_recording_that_breaks_off_goes_on(server):
    source = Source(f"{server}/half")
    assert greys(source) == list(range(FRAMES)) and source.breaks == 2


def test_a_live_source_is_played_and_its_end_is_one(server):
    """Without a length; every connection begins with the same frame."""
    begin = time.monotonic()
    source = Source(f"{server}/live")
    assert source.realtime
    found = greys(source)
    assert found == sorted(set(found)) and found[-1] == FRAMES - 1
    assert 0.4 < time.monotonic() - begin < 20 and len(found) + source.dropped == FRAMES


def test_a_live_source_can_be_read_frame_by_frame(server):
    assert greys(Source(f"{server}/live", realtime=False)) == list(range(FRAMES))


def test_a_pipe_is_played(clips, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    data = (clips / "clip.ts").read_bytes()
    threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(data), daemon=True).start()
    source = Source(tmp_path / "pipe", Viewing(16, 18, fps=RATE, stride=2))
    found = greys(source)
    assert source.realtime and found == sorted(found) and found[-1] >= FRAMES - 3


def test_a_pipe_that_is_left_is_let_go(clips, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    data = (clips / "clip.ts").read_bytes()
    writer = os.open(tmp_path / "pipe", os.O_RDWR)
    threading.Thread(target=lambda: os.write(writer, 4 * data), daemon=True).start()
    source = Source(tmp_path / "pipe")
    next(iter(source))
    begin = time.monotonic()
    source.close()
    assert time.monotonic() - begin < 1 and "newest frame" not in [t.name for t in threading.enumerate()]
    os.close(writer)


def test_a_file_is_played_where_that_is_asked_for(clips):
    begin = time.monotonic()
    source = Source(clips / "clip.mkv", realtime=True)
    found = greys(source)
    assert time.monotonic() - begin > 0.4 and len(found) + source.dropped == FRAMES


def one_line(name, *words, **options):
    with pytest.raises(VideoError) as caught:
        greys(Source(name, **options))
    message = str(caught.value)
    assert "\n" not in message and "not exist" not in message
    for word in words:
        assert word in message, message


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/clip.ts", "rtsp://me:secret@127.0.0.1:9/camera"])
def test_what_is_refused_is_said(address):
    one_line(address, "refused", shown(address))
    assert "secret" not in shown(address)


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_what_does_not_answer_is_said(monkeypatch, scheme):
    monkeypatch.setattr(named_source, "OPEN_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        one_line(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/a", "timed out", "0.3 s")


def test_a_pipe_that_nobody_writes_to_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(named_source, "OPEN_SECONDS", 0.3)
    os.mkfifo(tmp_path / "pipe")
    one_line(tmp_path / "pipe", "timed out", "nothing was written")


def test_other_refusals(server, tmp_path):
    one_line("nothing://here/a", "nothing://")
    with pytest.raises(VideoError, match="/dev/video77 does not exist.*camera:N"):
        Source("/dev/video77")
    (tmp_path / "a.txt").write_text("no video")
    with pytest.raises(VideoError):
        Source(f"file://{tmp_path}/a.txt")


def test_a_file_may_be_an_address(clips):
    assert greys(Source(f"file://{clips}/clip.mkv")) == list(range(FRAMES))


def test_what_is_live(clips, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    live = ["-", "camera:0", "rtsp://a/b", "http://a/b.mp4", tmp_path / "pipe"]
    assert all(map(is_live, live)) and not any(map(is_live, [clips / "clip.ts", clips, "nowhere", "file:///a.mp4"]))
