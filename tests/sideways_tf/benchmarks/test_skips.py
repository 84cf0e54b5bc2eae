"""The table of what skip connections cost, from known measurements."""

import pytest

from sideways_tf.benchmarks import MEASUREMENTS, skips


def test_rows_are_ratios_of_what_was_measured(monkeypatch):
    def measure(kind, intra, inter, worker, num_frames, skip=None, span=None, **settings):
        assert (intra, inter, worker, settings["method"]) == (1, 2, MEASUREMENTS, "sideways")
        if kind == "speed":
            return {"seconds_per_step": [9.0, 2.0 if skip else 1.0, 0.5]}
        return {"clip": num_frames * 2**20, "above_idle": (num_frames + (30 if skip else 20)) * 2**20}

    monkeypatch.setattr(skips, "measure", measure)
    rows = {row["wiring"]: row for row in skips.run(sizes=(16,), width=0.1, lengths=(10, 100))}
    assert list(rows) == list(skips.VARIANTS)
    plain, dense = rows["no skips"], rows["concat, dense"]
    assert plain["speed per operation"] == plain["operations to no skips"] == 1
    assert dense["to no skips"] == 0.5 and dense["operations to no skips"] > 1
    assert dense["speed per operation"] == pytest.approx(0.5 * dense["operations to no skips"])
    assert plain["beyond a clip of 10, MB"] == 20 and dense["beyond a clip of 100, MB"] == 30
