"""Every result of Sideways and Skip-Sideways at its smallest scale: the numbers of the tables, and their pictures."""

import json
from pathlib import Path

import pytest
from commands import bad
from eager import eagerly
from smoke import Smoke

from mpvn.reproductions.support.result import names_of, results_of
from sideways_tf import reproductions, stream_learning

ROOT = Path(__file__).parents[3]
METHODS = {"backpropagation": "exact", "Sideways": "sideways"}


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    return Smoke(reproductions, tmp_path_factory.mktemp("sideways"))


def ours(folder, settings: str) -> Path:
    path = folder / "ours.gin"
    path.write_text(settings)
    return path


def test_table1_and_a_row_of_ours(smoke, tmp_path):
    rows = smoke.make("table1", gin_files=[ours(tmp_path, "network.num_subnetworks = 3\n")])
    groups = {"all": "accuracy", "appearance": "accuracy on appearance classes", "motion": "accuracy on motion classes"}
    assert [(row["network"], row["classes"]) for row in rows] == [
        (network, classes) for network in ("simple_cnn", "ours") for classes in groups
    ]
    for row in rows:
        prefix, shares = "ours_" if row["network"] == "ours" else "", {}
        for method, gradients in METHODS.items():
            share = smoke.evaluation(f"{prefix}simple_cnn_{gradients}_0")[groups[row["classes"]]]
            assert row[method] == f"{100 * share:.1f}" and 0 <= share <= 1
            shares[method] = share
        difference = 100 * (shares["Sideways"] - shares["backpropagation"])
        assert row["Sideways - backpropagation"] == f"{difference:.1f}"
    assert rows[0]["paper, UCF101"] == "40.7 / 42.16" and rows[1]["paper, UCF101"] == "-"
    for prefix, subnetworks in (("", 6), ("ours_", 3)):
        schedule = (smoke.folder / "runs" / f"{prefix}simple_cnn_sideways_0" / "schedule.csv").read_text()
        assert schedule.count("\n") > 6 and f",{subnetworks - 1}," in schedule and f",{subnetworks}," not in schedule


def test_fig4_and_a_row_of_ours(smoke, tmp_path):
    rows = smoke.make("fig4", gin_files=[ours(tmp_path, "simple_cnn.width = 0.2\n")])
    runs = ("simple_cnn_exact_0.001", "simple_cnn_sideways_0.001", "ours_simple_cnn_sideways_0.001")
    assert [row["network"] for row in rows] == ["simple_cnn", "simple_cnn", "ours"]
    for row, run in zip(rows, runs, strict=True):
        losses = [report["loss"] for report in smoke.metrics(run)]
        assert len(losses) == 4 and row["learning rate"] == "0.001"
        assert row["loss at the end"] == f"{losses[-1]:.3f}" and 0 < losses[-1] < 20
        rises = [after - before for before, after in zip(losses, losses[1:], strict=False)]
        assert row["largest rise between reports"] == f"{max(rises):.3f}"
        assert row["accuracy at the end, %"] == f"{100 * smoke.metrics(run)[-1]['accuracy']:.1f}"
    assert len({row["loss at the end"] for row in rows}) == 3
    height, width, _ = smoke.picture("fig4.png").shape
    assert width > 3 * height  # three panels


def test_fig5(smoke):
    rows = smoke.make("fig5")
    assert [(row["method"], row["stride"]) for row in rows] == [("backpropagation", "2"), ("Sideways", "2")]
    for row in rows:
        run = f"simple_cnn_{METHODS[row['method']]}_0.001_stride2"
        accuracies = [100 * report["accuracy"] for report in smoke.metrics(run)]
        assert row["accuracy at the end, %"] == f"{accuracies[-1]:.1f}" and row["best, %"] == f"{max(accuracies):.1f}"
        settings = (smoke.folder / "runs" / run / "operative_config.gin").read_text()
        assert "walkers.longest_stride = 2" in settings and "walkers.stride = 2" in settings
    smoke.picture("fig5.png")


def test_skip_action_and_a_row_of_ours(smoke, tmp_path):
    file = ours(tmp_path, 'network.skip = "sum"\nnetwork.span = 1\n')
    rows = smoke.make("skip_action", gin_files=[file])
    runs = (
        "motion_no_skips_sideways_0",
        "motion_concat_dense_sideways_0",
        "motion_concat_dense_exact_0",
        "appearance_no_skips_sideways_0",
        "ours_motion_no_skips_sideways_0",
    )
    for row, run in zip(rows, runs, strict=True):
        accuracy = smoke.evaluation(run)["accuracy"]
        plain = smoke.evaluation(f"{row['classes']}_no_skips_sideways_0")["accuracy"]
        assert row["accuracy, %"] == f"{100 * accuracy:.1f}" and 0 <= accuracy <= 1
        assert row["to Sideways without skips"] == f"{100 * (accuracy - plain):.1f}"
        assert row["training loss at the end"] == f"{smoke.metrics(run)[-1]['loss']:.2f}"
    assert [row["wiring"] for row in rows] == ["no skips", "concat, dense", "concat, dense", "no skips", "ours"]
    losses = [smoke.metrics(run)[-1]["loss"] for run in runs]
    assert len(set(losses)) == len(runs)
    slow, fast = smoke.rows("skip_action_rates")
    assert (slow["learning rate"], fast["learning rate"]) == ("0.001", "0.01")
    assert slow["training loss at the end"] == rows[0]["training loss at the end"]
    assert fast["training loss at the end"] == f"{smoke.metrics(f'{runs[0]}_rate0.01')[-1]['loss']:.2f}"
    smoke.picture("skip_action_rates.png")


def test_staleness(smoke):
    rows = smoke.make("staleness")
    assert [(row["axis"], row["value"], row["seeds"]) for row in rows] == [
        ("share of scenes", "0.9", "0, 1"),
        ("subnetworks", "one per unit", "0"),
        ("steps", "4", "0"),
    ]
    assert {row["stalest cotangent, frames"] for row in rows} == {"10"}
    runs = {run["run"]: run for run in smoke.rows("staleness_runs")}
    assert len(runs) == 6  # where two axes meet, runs are the same
    for row in rows:
        place = "share_of_scenes_0.9" if row["value"] == "0.9" else "base"
        shares = {
            method: [
                100 * float(runs[f"simple_cnn_{place}_{gradients}_{seed}"]["accuracy"])
                for seed in row["seeds"].split(", ")
            ]
            for method, gradients in METHODS.items()
        }
        for method, values in shares.items():
            assert float(row[method].split()[0]) == pytest.approx(sum(values) / len(values), abs=0.06)
        differences = [s - b for s, b in zip(shares["Sideways"], shares["backpropagation"], strict=True)]
        mean = sum(differences) / len(differences)
        assert float(row["Sideways - backpropagation"].split()[0]) == pytest.approx(mean, abs=0.06)
    assert {run["seed"] for run in runs.values()} == {"0", "1"}
    assert {run["training step"] for run in runs.values()} == {"4"}
    assert (smoke.folder / "staleness.png").stat().st_size > 1000


def test_skip_map(smoke):
    (row,) = smoke.make("skip_map", compiled=True)
    assert (row["subnetworks"], row["frames/s"]) == ("3", "8")
    # The first of three subnetworks: two ticks there and two back.
    assert row["stalest cotangent, frames"] == "4"
    motion = float(row["motion per tick, px"])
    assert 0.3 < motion < 4
    assert float(row["motion within the staleness, px"]) == pytest.approx(4 * motion, abs=0.1)
    for column, gradients in (("Sideways, %", "sideways"), ("exact, %", "exact")):
        accuracy = smoke.evaluation(f"map_concat_next_but_one_3_8fps_{gradients}_0")["accuracy"]
        assert row[column] == f"{100 * accuracy:.1f}"
    for name in ("skip_map_staleness.png", "skip_map_motion.png"):
        smoke.picture(name)


def test_skip_future_and_a_row_of_ours(smoke, tmp_path):
    rows = smoke.make("skip_future", gin_files=[ours(tmp_path, "network.residual = True\n")])
    names = ["the current frame", "plain", "frame added; concat, dense", "ours"]
    assert [(row["frames ahead"], row["wiring"]) for row in rows] == [("1", name) for name in names]
    runs = ["ahead1_plain_0", "ahead1_plain_0", "ahead1_frame_added_concat_dense_0", "ours_ahead1_plain_0"]
    for row, run in zip(rows, runs, strict=True):
        prefix = "copy_" if row["wiring"] == "the current frame" else ""
        measures = smoke.evaluation(run)
        assert row["MSE"] == f"{measures[f'{prefix}mse']:.4f}" and 0 < float(row["MSE"]) < 1
        assert row["MSE, moving pixels"] == f"{measures[f'{prefix}mse_moving']:.4f}"
        assert row["PSNR, dB"] == f"{measures[f'{prefix}psnr']:.1f}" and 0 < float(row["PSNR, dB"]) < 60
        assert row["SSIM"] == f"{measures[f'{prefix}ssim']:.3f}" and -1 <= float(row["SSIM"]) <= 1
    # What does not add the frame is far from it after two steps.
    errors = {row["wiring"]: float(row["MSE"]) for row in rows}
    assert errors["plain"] > 2 * errors["the current frame"] and errors["ours"] < errors["plain"]
    height, width, _ = smoke.picture("skip_future_1.png").shape
    strips = len(names) + 1  # the current frame, the true one, and three predictions
    assert height > strips * 120 and width > 8 * 120


def test_table2(smoke):
    rows = smoke.make("table2")
    assert [row["method"] for row in rows] == [
        "Sideways, 1 worker",
        "Sideways, 2 workers",
        "backpropagation, frame by frame",
        "backpropagation, time in the batch",
    ]
    speeds = [float(row["steps/s"]) for row in rows]
    assert min(speeds) > 0 and rows[0]["to Sideways, 1 worker"] == "1.00"
    assert "1.00" in [row["to the best backpropagation"] for row in rows[2:]]
    for row, speed in zip(rows, speeds, strict=True):
        assert float(row["to Sideways, 1 worker"]) == pytest.approx(speed / speeds[0], rel=0.05, abs=0.02)
    assert [row["paper, steps/s"] for row in rows] == ["-", "8.4 (4.9x of 6)", "1.7", "-"]
    for row in smoke.rows("table2_prediction"):
        costs = [float(cost) for cost in row["ms per tick and subnetwork"].split(", ")]
        assert len(costs) == int(row["devices"]) and 1 <= float(row["speed-up"]) <= len(costs)
        assert float(row["speed-up"]) == pytest.approx(sum(costs) / max(costs), rel=0.1)
    *units, whole = smoke.rows("table2_batches")
    assert [row["unit"] for row in units] == ["conv1", "conv2", "conv3", "conv4", "conv5", "head"]
    assert whole["unit"] == "all"
    for frames in (1, 2, 8, 16):
        column = f"us per frame, batches of {frames}"
        # Each number is rounded.
        assert float(whole[column]) == pytest.approx(sum(float(row[column]) for row in units), abs=4) and units


def stored(smoke) -> list[dict]:
    """(learner, result) of every stream."""
    lines = [json.loads(line) for line in (smoke.folder / "streams.jsonl").read_text().splitlines()]
    return [(json.loads(line["key"])[0], line["result"]) for line in lines]


def test_table3(smoke):
    with eagerly():
        rows = {row["method"]: row for row in smoke.make("table3")}
    results = {learner["method"]: result for learner, result in stored(smoke) if "pictures" in learner}
    assert len(rows) == 5 and len(results) == 3
    for method, row in rows.items():
        held = not method.endswith(", not held")
        result = results[method.removesuffix(", not held")]
        assert row["MSE"] == f"{result['mse' if held else 'own_mse']:.4f}" and 0 < float(row["MSE"]) < 1
        assert row["PSNR, dB"] == (f"{result['psnr']:.1f}" if held else "-")
        assert int(row["frames learned from"]) + int(row["frames missed"]) == 2 * 24
    assert rows["sideways"]["frames missed"] == rows["backpropagation, every frame"]["frames missed"] == "0"
    assert int(rows["backpropagation"]["frames missed"]) > 2 * int(rows["backpropagation"]["frames learned from"])
    assert (rows["backpropagation"]["paper, MSE"], rows["sideways"]["paper, MSE"]) == ("0.014", "0.002")
    height, width, _ = smoke.picture("table3_frames.png").shape
    assert height > 3 * 120 and width > 8 * 120
    smoke.picture("table3.png")


def test_fig5_on_streams(smoke):
    with eagerly():
        rows = smoke.make("fig5_streams")
    results = {(str(of["stride"]), of["method"]): result for of, result in stored(smoke) if "stride" in of}
    assert [row["stride"] for row in rows] == ["1", "5"] and len(results) == 6
    for row in rows:
        error = {method: results[row["stride"], method]["mse"] for method in stream_learning.METHODS}
        assert [row[method] for method in stream_learning.METHODS] == [
            f"{error[method]:.4f}" for method in stream_learning.METHODS
        ]
        ratio = error["sideways"] / error["backpropagation, every frame"]
        assert row["Sideways to every frame"] == f"{ratio:.2f}"
        assert len(set(error.values())) == 3 and all(0 < value < 1 for value in error.values())
    smoke.picture("fig5_streams.png")


def test_compensation(smoke):
    with eagerly():
        rows = smoke.make("compensation")
    results = {learner["optimizer"]: result for learner, result in stored(smoke) if "optimizer" in learner}
    names = ["no compensation", "spike compensation", "weight prediction", "both"]
    assert [row["momentum descent with"] for row in rows] == names
    for row, result in zip(rows, map(results.get, ("momentum", *names[1:])), strict=True):
        assert row["MSE"] == f"{result['mse']:.4f}" and 0 < result["mse"] < 1
        assert row["learning rate"] == "0.01" and row["MSE at each rate of the sweep"] == "-"
    assert len({result["mse"] for result in results.values()}) == 4


def test_results_are_found():
    results = results_of(reproductions)
    assert {name for name in results if not results[name].made_of_runs} == {
        "compensation",
        "fig5_streams",
        "table2",
        "table3",
    }
    assert {name for name in results if results[name].takes_rows} == {"fig4", "skip_action", "skip_future", "table1"}
    assert {"fig5", "skip_map"} < set(names_of(reproductions))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["--result"]),
        (["--result=table9", "--output_dir=x"], ["table9"]),
        (["--result=table1"], ["--output_dir"]),
        (["--result=fig5", "--output_dir=x", "--gin_file=a.gin"], ["--gin_file", "skip_action, skip_future, table1"]),
        (["--result=table2", "--output_dir=x", "--gin_param=train.steps=1"], ["train.steps=1", "sideways.table2.…"]),
        (["--result=table3", "--output_dir=x", "--gin_param=sideways.streams.vidoes='a'"], ["vidoes"]),
    ],
)
def test_bad_flags_are_one_line(arguments, words):
    line = bad("sideways_tf.reproduce", *arguments)
    assert all(word in line for word in words), line
    assert not (ROOT / "x").exists()
