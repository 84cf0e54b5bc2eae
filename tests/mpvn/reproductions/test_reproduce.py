"""Every result of the MPVN paper at its smallest scale, as a process."""

import csv
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
# Rows of the table, and what else is written. In this order runs are shared: what is finished is not run again.
RESULTS = {
    "fig6": (2, ["fig6.png"]),
    "fig7": (3, ["fig7.png"]),
    "fig8": (4, ["fig8.png", "fig8_transfer.csv"]),
    "fig5": (2, ["fig5_simple_cnn_1_basic.png", "fig5_simple_cnn_6_basic.png"]),
    "table1": (4, []),
    "table2": (5, []),
}


def run(*arguments):
    command = [sys.executable, "-m", "mpvn.reproduce", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)


def test_every_result_at_smoke_scale(tmp_path):
    for result, (num_rows, files) in RESULTS.items():
        done = run(f"--result={result}", "--scale=smoke", f"--output_dir={tmp_path}")
        assert done.returncode == 0, done.stderr
        with open(tmp_path / f"{result}.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == num_rows and all(value is not None for row in rows for value in row.values())
        text = (tmp_path / f"{result}.md").read_text()
        assert "smoke" in text and "TensorFlow" in text
        for name in files:
            assert (tmp_path / name).stat().st_size > 100
    # The student of table 1 had a teacher, whose run is kept inside its own.
    assert list((tmp_path / "runs").glob("action_*_distilled_0/teacher/network.weights.h5"))


def test_bad_input_is_one_line(tmp_path):
    for arguments, words in (
        (["--result=fig9"], ["fig9", "fig8"]),
        (["--result=fig6", "--scale=paper"], ["miniKinetics"]),
        (["--result=table2", "--gin_param=train.steps=1"], ["table2"]),
    ):
        done = run(*arguments, f"--output_dir={tmp_path}")
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        assert done.returncode == 2 and len(lines) == 1, done.stderr
        assert all(word in lines[0] for word in words), lines[0]
