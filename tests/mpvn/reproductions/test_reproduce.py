"""Every result of the MPVN paper at its smallest scale: the numbers of the tables, and their pictures."""

import csv
import json
from pathlib import Path

import in_process
import numpy as np
import pytest
from commands import bad, good
from smoke import Smoke

from mpvn import reproductions
from mpvn.benchmarks.support import processes
from mpvn.reproductions.support.result import names_of, results_of

PLAIN = {count: f"keypoints_simple_cnn_{count}_basic_0" for count in (1, 6)}
CLOCKED = {count: f"keypoints_simple_cnn_{count}_CI_T_0" for count in (1, 6)}


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    return Smoke(reproductions, tmp_path_factory.mktemp("mpvn"))


def ours(folder, settings: str) -> Path:
    path = folder / "ours.gin"
    path.write_text(settings)
    return path


def check_keypoints(smoke, row, run) -> None:
    """A row says what the run's evaluation says, and that is possible."""
    measures = smoke.evaluation(run)
    assert row["loss"] == f"{measures['loss']:.4f}" and float(row["loss"]) > 0
    assert row["PCK@0.2, %"] == f"{100 * measures['pck']:.1f}" and 0 <= float(row["PCK@0.2, %"]) <= 100
    assert (
        row["joint error, px"] == f"{measures['joint_error']:.2f}" and 0 < float(row["joint error, px"]) < 32 * 2**0.5
    )


def test_fig6_and_a_row_of_ours(smoke, tmp_path):
    file = ours(tmp_path, "network.num_subnetworks = 3\nnetwork.clocks = None\n")
    rows = smoke.make("fig6", gin_files=[file])
    assert [(row["network"], row["subnetworks"]) for row in rows] == [
        ("simple_cnn, CI T", "1"),
        ("simple_cnn, CI T", "6"),
        ("ours", "3"),
    ]
    for row, run in zip(rows, (CLOCKED[1], CLOCKED[6], f"ours_{CLOCKED[6]}"), strict=True):
        check_keypoints(smoke, row, run)
        anew = json.loads((smoke.folder / "runs" / run / "evaluation_recalibrated.json").read_text())["networks"]
        assert row["loss, recalibrated"] == f"{anew['as trained, recalibrated']['loss']:.4f}" != row["loss"]
        if row["subnetworks"] == "1":
            assert row["loss in the sequential schedule"] == row["loss in the sequential schedule, recalibrated"] == ""
            continue
        in_sequence = f"{anew['sequential, recalibrated']['loss']:.4f}"
        assert row["loss in the sequential schedule, recalibrated"] == in_sequence != row["loss, recalibrated"]
        assert row["loss in the sequential schedule"] == f"{anew['sequential']['loss']:.4f}" != row["loss"]
    settings = (smoke.folder / "runs" / f"ours_{CLOCKED[6]}" / "operative_config.gin").read_text()
    assert "network.clocks = None" in settings and "with_temporal_filters.kernel = 2" in settings
    smoke.picture("fig6.png")


def test_fig7(smoke):
    rows = smoke.make("fig7", compiled=True)
    assert [(row["network"], row["subnetworks"]) for row in rows] == [
        ("simple_cnn, basic, teacher", "1"),
        ("simple_cnn, CI T", "1"),
        ("simple_cnn, CI T", "6"),
        ("simple_cnn, CI T, distilled, lambda 1", "6"),
    ]
    runs = ("teacher_simple_cnn_1_basic_0", CLOCKED[1], CLOCKED[6], f"{CLOCKED[6][:-2]}_distilled_1_0")
    for row, run in zip(rows, runs, strict=True):
        check_keypoints(smoke, row, run)
    # The student begins with the weights of the plain network, and the teacher makes it another one.
    assert smoke.evaluation(runs[3])["loss"] != smoke.evaluation(runs[2])["loss"]
    assert taught_by(smoke, runs[3], runs[0])
    smoke.picture("fig7.png")


def test_fig8(smoke):
    rows = smoke.make("fig8")
    latencies = ["", "", ", latency 2", ", latency 2"]
    assert [row["network"] for row in rows] == [f"simple_cnn, basic{latency}" for latency in latencies]
    runs = [*PLAIN.values(), *(f"keypoints_simple_cnn_{count}_basic_latency2_0" for count in (1, 6))]
    for row, run in zip(rows, runs, strict=True):
        check_keypoints(smoke, row, run)
    assert rows[0]["loss"] != rows[2]["loss"]
    sequential, parallel, own = smoke.rows("fig8_transfer")
    one, six = "loss with 1 subnetworks", "loss with 6 subnetworks"
    assert own == {"weights": "trained as it runs", one: sequential[one], six: parallel[six]}
    assert own[one] == f"{smoke.evaluation(PLAIN[1])['loss']:.4f}" != sequential[six]
    assert own[six] == f"{smoke.evaluation(PLAIN[6])['loss']:.4f}" != parallel[one]
    smoke.picture("fig8.png")
    smoke.picture("fig8_transfer.png")


def taught_by(smoke, run, teacher):
    """Whether a run learned from another run of the result, which has weights."""
    settings = (smoke.folder / "runs" / run / "operative_config.gin").read_text()
    return f"runs/{teacher}" in settings and (smoke.folder / "runs" / teacher / "network.weights.h5").is_file()


def test_fig5(smoke):
    rows = smoke.make("fig5")
    assert [(row["subnetworks"], row["clocks"]) for row in rows] == [("6", "none"), ("1", "none")]
    pictures = []
    for row in rows:
        count = int(row["subnetworks"])
        assert row["joint error, px"] == f"{smoke.evaluation(PLAIN[count])['joint_error']:.2f}"
        pictures.append(smoke.picture(f"fig5_simple_cnn_{count}_basic.png").numpy())
    # Two clips below each other, as strips of frames; the networks predict different joints on the same frames.
    height, width, _ = pictures[0].shape
    assert height % 2 == 0 and height // 2 > 224 and width > 4 * 224
    assert pictures[0].shape == pictures[1].shape and not np.array_equal(*pictures)


def test_table1_and_a_row_of_ours(smoke, tmp_path):
    rows = smoke.make("table1", gin_files=[ours(tmp_path, "network.num_subnetworks = 3\n")])
    assert [(row["network"], row["subnetworks"], row["distilled"]) for row in rows] == [
        ("inception_3d", "1", ""),
        ("simple_cnn", "1", ""),
        ("simple_cnn", "6", ""),
        ("simple_cnn", "6", "yes"),
        ("ours", "3", ""),
    ]
    assert [row["paper, miniKinetics"] for row in rows] == ["71.8", "-", "-", "-", "-"]
    assert {row["seeds"] for row in rows} == {"0"}
    most = "action_simple_cnn_6_CI_T"
    runs = ("action_inception_3d_1_basic_0", "action_simple_cnn_1_CI_T_0", f"{most}_0", f"{most}_distilled_100_0")
    for row, run in zip(rows, (*runs, f"ours_{most}_0"), strict=True):
        measures = smoke.evaluation(run)
        for group in ("accuracy", "accuracy on appearance classes", "accuracy on motion classes"):
            assert row[f"{group}, %"] == f"{100 * measures[group]:.1f}" and 0 <= float(row[f"{group}, %"]) <= 100
        assert row["loss"] == f"{measures['loss']:.3f}" and 0 < float(row["loss"]) < 20
    assert len({row["loss"] for row in rows}) == len(rows)
    assert taught_by(smoke, runs[3], runs[1])


def test_figs_1_to_4(smoke):
    rows = {(row["figure"], row["network"]): row for row in smoke.make("fig1_to_4")}
    ages = {name: row["information latency, frames"] for (figure, name), row in rows.items() if figure == "fig1"}
    assert list(ages.values()) == ["0", "3", "3", "1"]  # of (a), (b), (c) and (d); the paper: t - 3 in (b)
    assert (
        rows["fig2", "(b) causal"]["frames in an output"] == rows["fig2", "(c) pipelined"]["frames in an output"] == "5"
    )
    assert rows["fig4", "temporal, multi-rate clocks"]["executions per tick"] == "3.0"
    for name in ("fig1", "fig2", "fig3", "fig4"):
        smoke.picture(f"{name}.png")


def test_table2(smoke):
    rows = smoke.make("table2")
    keys = [(row["subnetworks"], row["clocks"], row["runs"]) for row in rows]
    assert keys == [
        ("1", "none", "scheduled"),
        ("6", "none", "scheduled"),
        ("1", "halving", "scheduled"),
        ("6", "halving", "scheduled"),
        ("6", "halving", "live"),
        ("1", "every 4th frame", "scheduled"),
    ]
    for way in ("chunks", "step"):
        speeds = [float(row[f"{way}, frames/s"]) for row in rows]
        assert min(speeds) > 0 and rows[0][f"{way}, ratio"] == "1.00"
        for row, speed in zip(rows, speeds, strict=True):
            assert float(row[f"{way}, ratio"]) == pytest.approx(speed / speeds[0], rel=0.02, abs=0.01)
            assert row[f"{way}, threads"] == "1:2"
    for row in rows:
        in_graph, expected = row["convolutions in graph"].split(" of ")
        assert in_graph == expected
    assert {row["paper, 48 cores"] for row in rows} == {""}  # which has other networks
    # 6 units, of which each executes once in 4 ticks where no frame but every 4th is seen.
    assert [row["units/frame, live"] for row in rows][-1] == "1.50, 1.50"
    dead = [float(row["dead work, %"]) for row in rows]
    assert dead[:2] == dead[4:] == [0, 0] and 50 < dead[2] == dead[3] < 100
    notes = (smoke.folder / "table2.md").read_text()
    assert all(f"\n- {words}: " in notes for words in ("chunks", "ratio", "every k-th frame", "dead work"))


def test_pays(smoke):
    rows = smoke.make("pays")
    assert [(row["task"], row["frames/s"], row["way"], row["seeds"]) for row in rows] == [
        ("motion", "25", "every frame", "1"),
        ("motion", "25", "every 2nd frame, not trained so", "1"),
        ("motion", "25", "halving, shift", "1"),
        ("motion", "12", "every frame", "2"),
        ("motion", "12", "every 2nd frame, not trained so", "2"),
        ("motion", "12", "halving, shift", "2"),
        ("keypoints", "25", "every frame", "1"),
        ("keypoints", "25", "every 2nd frame, not trained so", "1"),
    ]
    assert [row["cost"] for row in rows[:2]] == ["1.00", "0.50"] and 0.5 < float(rows[2]["cost"]) < 1

    accuracies = [100 * smoke.evaluation(f"motion_12fps_{seed}_halving_shift_new")["tick accuracy"] for seed in (0, 1)]
    assert rows[5]["value"].split()[0] == f"{sum(accuracies) / 2:.1f}"
    assert rows[5]["beyond skipping frames"] and not rows[3]["beyond skipping frames"]
    every, held, _ = smoke.rows("pays_motion_25")
    assert every["age of the newest frame, ms"] == "0 / 0" and held["age of the newest frame, ms"] == "20 / 40"
    loss = smoke.evaluation("keypoints_25fps_0_every_frame_trained")["loss"]
    whole = [row for row in smoke.rows("pays_deployment") if row["how"] in ("skipping frames", "frame-parallel")]
    assert [row["time"] for row in whole] == ["measured", "predicted"]
    assert whole[0]["streaming loss"] == f"{loss:.4f}"  # a tiny network follows its camera
    for name in ("pays_cost.png", "pays_latency.png"):
        smoke.picture(name)


def test_a_result_is_made_by_the_command(tmp_path, monkeypatch):
    """One result with a run that is processes of their own, as they are left out above, beside one that is none."""

    def call(module, *arguments, **environment):
        own = any(argument.endswith(PLAIN[1]) for argument in arguments)
        return (processes if own else in_process).call(module, *arguments, **environment)

    monkeypatch.setattr("mpvn.reproductions.support.batch.call", call)
    good("mpvn.reproduce", "--result=fig5", "--scale=smoke", f"--output_dir={tmp_path}")
    with open(tmp_path / "fig5.csv", newline="") as file:
        assert [row["subnetworks"] for row in csv.DictReader(file)] == ["6", "1"]


def test_timelines(smoke):
    rows = smoke.make("timelines")
    assert [(row["subnetworks"], row["clocks"], row["devices"]) for row in rows] == [
        ("1", "none", "1"),
        ("6", "none", "6"),
        ("6", "none", "2"),
        ("6", "halving", "6"),
    ]
    rates = [float(row["frames/s"]) for row in rows]
    assert rates[0] < rates[1] and rates[2] <= rates[1] <= rates[3] * 1.001
    assert all(0 < float(row["busy, %"]) <= 100 for row in rows) and rows[0]["busy, %"] == "100"
    smoke.picture("timelines_simple_cnn.png")


def test_results_are_found():
    names = names_of(reproductions)
    assert names == ["fig1_to_4", "fig5", "fig6", "fig7", "fig8", "pays", "table1", "table2", "timelines"]
    results = results_of(reproductions)
    assert [name for name in names if not results[name].made_of_runs] == ["fig1_to_4", "table2", "timelines"]
    assert [name for name in names if results[name].takes_rows] == ["fig6", "table1"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--result=fig9"], ["fig9", "fig8"]),
        (["--result=fig6", "--scale=paper"], ["miniKinetics"]),
        (["--result=table1", "--scale=paper"], ["video_files.root", "/data/k400", "test_ids"]),
        (["--result=table1", "--format=doc"], ["doc", "tex", "pdf", "svg"]),
        (["--result=all", "--gin_param=train.steps=1"], ["all", "gin_param"]),
        (["--result=table2", "--gin_param=train.steps=1"], ["train.steps=1", "table2", "mpvn.table2.…"]),
        (["--result=fig1_to_4", "--gin_param=fig1_to_4.ticks=3"], ["fig1_to_4", "has none"]),
        (["--result=fig6", "--gin_param=mpvn.fig7.seeds=(1,)"], ["mpvn.fig7.seeds=(1,)", "mpvn.fig6.…"]),
        (["--result=fig6", "--gin_param=mpvn.fig6.seeds=1"], ["fig6.seeds=1", "expected a list, each a whole number"]),
        (["--result=fig6", "--gin_param=mpvn.fig6.seds=(1,)"], ["mpvn.fig6", "seds"]),
        (["--result=fig7", "--gin_file=ours.gin"], ["fig7", "fig6", "table1"]),
        (["--result=fig6", "--gin_file=nowhere.gin"], ["nowhere.gin"]),
    ],
)
def test_bad_input_is_one_line(arguments, words, tmp_path):
    line = bad("mpvn.reproduce", *arguments, f"--output_dir={tmp_path}")
    assert all(word in line for word in words), line
