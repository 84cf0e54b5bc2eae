"""The table of throughput, from known measurements."""

import pytest

from mpvn.benchmarks import throughput

NETWORK = {"networks": ["par_inception"], "sizes": (32, 64), "width": 0.05}


@pytest.fixture
def rows(monkeypatch):
    def measure(function, intra, inter, num_subnetworks, clocks, executions, size, **settings):
        assert function == "throughput" and settings == {
            "network": "par_inception",
            "width": 0.05,
            "chunk": 64,
            "repeats": 5,
        }
        frames = (clocks if isinstance(clocks, int) else 4 if clocks else 1) * num_subnetworks * size
        frames *= 2 if executions == "live" else 1
        # In chunks two workers are better; by step, two threads within operations.
        chunks, step = (1 if inter == 2 == intra + 1 else 2), (3 if intra == 2 else 9)
        return {
            "seconds_per_frame": {"chunks": [chunks / frames, chunks / frames, 99], "step": [step / frames] * 3},
            "convolutions_in_graph": 1,
            "convolutions_expected": 1,
        }

    monkeypatch.setattr("mpvn.benchmarks.throughput.measure", measure)
    levels = {"par_inception": (1, 5, 10)}
    return throughput.run(**NETWORK, levels=levels, threads=((1, 1), (1, 2), (2, 2)))


def test_chunks_and_steps_have_their_own_best_threads_and_ratios(rows):
    assert len(rows) == 2 * 8
    for row in rows:
        assert (row["chunks, threads"], row["step, threads"]) == ((1, 2), (2, 2))
        assert row["chunks, frames/s"] == pytest.approx(3 * row["step, frames/s"])
        assert row["chunks, ratio"] == pytest.approx(row["step, ratio"])
    assert [row["step, ratio"] for row in rows[:8]] == pytest.approx([1, 5, 10, 4, 20, 40, 80, 8])
    assert [row["paper, 48 cores"] for row in rows[:8]] == [1.0, 1.3, 1.3, 2.4, 3.0, 3.0, "", ""]


def test_dead_work_is_of_what_a_row_runs_and_skipping_stands_below(rows):
    plain, halving, live, skipping = rows[:3], rows[3:6], rows[6], rows[7]
    assert {row["dead work, %"] for row in (*plain, live, skipping)} == {0}
    assert {row["clocks"] for row in halving} == {"halving"} and skipping["clocks"] == "every 8th frame"
    # 12 units once each in 8 frames; with halving clocks 24 executions, of which no more count.
    assert skipping["units/frame, live"] == (12 / 8, 12 / 8) and halving[2]["units/frame, live"] == (24 / 8, 12 / 8)
    assert all(50 < row["dead work, %"] < 90 for row in halving)


def test_the_short_table_has_the_sequential_network_and_the_most_subnetworks_at_the_smallest_size(rows):
    short = throughput.short(rows)
    assert [(row["subnetworks"], row["clocks"]) for row in short] == [
        (1, "none"),
        (10, "none"),
        (10, "halving"),
        (10, "halving, live"),
        (1, "every 8th frame"),
    ]
    assert short[1]["step, frames/s"] == rows[2]["step, frames/s"]
    assert not {"px", "step, threads", "convolutions in graph"} & set(short[0])
