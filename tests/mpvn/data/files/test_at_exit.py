"""A program that has read videos ends when it is done."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mpvn.data.files.writer import VideoWriter

pytest.importorskip("av", reason="PyAV is not installed (the extra 'video')")

# Training clips never end, so the threads are at work when the last line is done.
READS = """
from mpvn.data.files.source import video_files

data = video_files({root!r}, num_frames=8, size=64, test_share=0.0)
batches = iter(data.batches("train", 2, training=True))
print(next(batches)[0].shape)
"""


def test_threads_that_read_end_before_python_does(tmp_path):
    for number in range(4):
        path = tmp_path / "ab"[number % 2] / f"{number}.mp4"
        path.parent.mkdir(exist_ok=True)
        with VideoWriter(path, 25, (240, 320)) as video:
            for index in range(40):
                video.write(np.full((240, 320, 3), 5 * index, np.uint8))
    script = [sys.executable, "-c", READS.format(root=str(tmp_path))]
    done = subprocess.run(script, cwd=Path(__file__).parents[4], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "(2, 8, 64, 64, 3)\n")
