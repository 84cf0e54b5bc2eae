"""The table of peak memory, from known measurements; and one real one."""

import pytest

from mpvn.results import tables
from sideways_tf.benchmarks import MEASUREMENTS, memory


def test_rows_are_ratios_of_what_was_measured(monkeypatch):
    def measure(kind, intra, inter, worker, method, num_frames, **settings):
        assert (kind, worker, settings["num_subnetworks"]) == ("memory", MEASUREMENTS, 6)
        grows = 40 if method == memory.METHODS[1] else 10
        return {"clip": num_frames * 2**20, "above_idle": (200 + (grows + 1) * num_frames) * 2**20}

    monkeypatch.setattr(memory, "measure", measure)
    table = memory.run(lengths=(10, 100))
    rows = {(row["method"], row["frames"]): row for row in table}
    assert len(rows) == 6
    written = tables.texts(table)[3]
    assert list(written.values())[2:] == ["sideways", "100", "100", "1300", "1200", "4.00", f"{1300 / 4300:.2f}"]
    assert rows["sideways", 100]["beyond the clip, MB"] == 1200
    assert rows["sideways", 100]["to 10 frames"] == 4
    assert rows["sideways", 100]["peak to backpropagation"] == pytest.approx(1300 / 4300)
    assert rows[memory.METHODS[1], 10]["peak to backpropagation"] == 1


def test_a_process_measures_itself():
    found = memory.measure(
        "memory",
        1,
        1,
        MEASUREMENTS,
        network="simple_cnn",
        size=16,
        width=0.1,
        num_subnetworks=6,
        method="sideways",
        batch=1,
        num_frames=16,
        steps=1,
    )
    assert found["clip"] == 16 * 16 * 16 * 3 * 4
    assert 0 < found["above_idle"] < 2**30
