"""Which schedule: what is compared, how outputs are compared, and what is recommended."""

import csv
import functools

import in_process
import keras
import numpy as np
import pytest
import tiny
from commands import bad, good

import mpvn
from mpvn.advice.agreement import agreement
from mpvn.advice.candidates import Candidate, candidates
from mpvn.advice.row import Agreement, Rates, Row
from mpvn.advice.rule import Rule
from mpvn.advise import _modules
from mpvn.data.files.writer import VideoWriter


def test_candidates_begin_with_the_sequential_network_and_skipping():
    found = candidates(20, 3, halving=True)
    assert found[:3] == [Candidate(), Candidate(clocks=2), Candidate(clocks=4)]
    assert {c.num_subnetworks for c in found} == {1, 3, 6}
    assert {(c.clocks, c.skips) for c in found if c.num_subnetworks == 6} == {
        (clocks, skips) for clocks in (None, "halving") for skips in ("fresh", "aligned")
    }
    assert {c.num_subnetworks for c in candidates(4, 3, halving=False)} == {1, 3}
    assert {c.clocks for c in candidates(4, 1, halving=False)} == {None, 2, 4}
    with pytest.raises(mpvn.InputError, match="num_workers=0"):
        candidates(4, 0, halving=True)


def row(candidate, step, shifted=1.0, latency=0.0):
    return Row(candidate, Rates(step, step), Agreement(True, 0.5, shifted, 0.1), latency, (1.0, 1.0), 0)


def test_the_rule_takes_the_least_latency_among_those_in_time():
    slow, skipping = row(Candidate(), 20), row(Candidate(clocks=4), 80, latency=1.5)
    parallel, wrong = row(Candidate(2), 40, latency=1.0), row(Candidate(2, "halving"), 100, shifted=0.9)
    rows = [slow, skipping, parallel, wrong]
    # At 30 frames/s: 1.5 / 30 + 4 / 80 = 100 ms against 1 / 30 + 1 / 40 = 58 ms.
    assert skipping.latency_ms(30) == pytest.approx(100) and parallel.latency_ms(30) == pytest.approx(58.3, abs=0.1)
    assert Rule(30).chosen(rows) is parallel
    assert Rule(10).chosen(rows) is slow
    assert Rule(30).chosen(rows[:2]) is skipping
    assert Rule(200).chosen(rows) is skipping  # none keeps up: the fastest that agrees
    assert Rule(None, 0.9).chosen(rows) is wrong
    assert Rule(30, 0.5).chosen(rows) is wrong


def test_what_is_recommended_is_said_with_its_rule():
    rows = [row(Candidate(), 20), row(Candidate(clocks=2), 40, latency=0.5), row(Candidate(2), 30, latency=1.0)]
    first, plainly, rule = Rule(25).words(rows)
    assert "recommended: the sequential network at every 2nd frame" in first
    assert plainly == "no depth-parallel setting beats the sequential network at every 2nd frame here"
    assert "25 frames/s" in rule and "95%" in rule
    assert "network.parallel(num_subnetworks=1, clocks=2)" in first
    words = Rule(25).words([rows[0], rows[2]])
    assert "network.parallel(num_subnetworks=2, costs='flops', skips='fresh')" in words[0] and len(words) == 2
    assert "no setting that agrees keeps up with 500 frames/s" in Rule(500).words(rows)[-1]
    for wrong in ({"fps": 0}, {"least": 1.5}):
        with pytest.raises(mpvn.InputError):
            Rule(**wrong)


def test_agreement_of_a_classifier_by_hand():
    expected = np.eye(3)[[0, 1, 1, 2, 0]] * 9
    late = np.roll(expected, 1, axis=0)
    newest = np.maximum(np.arange(5) - 1, 0)
    found = agreement(late, expected, newest, first=1)
    assert found.top1 and (found.at_once, found.shifted) == (0.25, 1.0)
    assert found.share == 1.0 and found.variation == pytest.approx(2 / 3, abs=1e-2)  # 0 1 1 2: two changes of three
    probabilities = np.eye(3)[[0, 1, 1, 2, 0]]
    assert agreement(probabilities, probabilities, np.arange(5), 0).variation == pytest.approx(3 / 4)


def test_agreement_of_other_outputs_is_a_difference():
    expected = np.stack([np.full((2, 2), 1.0 + t) for t in range(4)])
    found = agreement(1.1 * expected, expected, np.arange(4), 0)
    assert not found.top1 and found.at_once == found.shifted == pytest.approx(0.1)
    assert found.share == pytest.approx(0.9)


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    frame = keras.Input((16, 16, 3))
    a = layers.Conv2D(4, 3, 2, "same", name="a", bias_initializer="normal")(frame)
    b = layers.Conv2D(4, 3, 1, "same", name="b", activation="relu")(a)
    c = layers.Conv2D(8, 3, 2, "same", name="c", activation="relu")(layers.Add()([a, b]))
    top = layers.Dense(5, name="top")(layers.GlobalAveragePooling2D()(c))
    return mpvn.from_keras(keras.Model(frame, top, name="small"), white=1.0)


FRAMES = np.random.default_rng(0).integers(0, 255, (40, 20, 24, 3), np.uint8)


def fake(seconds, net, candidate):
    return Rates(seconds * candidate.num_subnetworks * candidate.every, 2 * seconds)


def test_advise_compares_all_with_the_sequential_network(network):
    advice = mpvn.advise(network, FRAMES, 2, fps=30, measure=functools.partial(fake, 20.0))
    cells = {(r["subnetworks"], r["frames"], r["clocks"], r["skips"]): r for r in advice.table}
    assert {key[:3] for key in cells} == {(1, "all", "none"), (1, "every 2", "none"), (1, "every 4", "none")} | {
        (n, "all", clocks) for n in (1, 2, 4) for clocks in ("none", "halving")
    }
    alone = cells[1, "all", "none", ""]
    assert (alone["top-1 at once"], alone["latency, frames"]) == (1.0, 0.0)
    assert alone["latency, ms"] == pytest.approx(50)
    # Aligned skips give the sequential outputs, late; with a chain, fresh ones are the same and stand alone.
    aligned = cells.get((4, "all", "none", "aligned")) or cells[4, "all", "none", "fresh"]
    assert aligned["top-1 shifted"] == 1.0 and aligned["registers, MB"] > 0
    half = cells[1, "every 2", "none", ""]
    assert half["top-1 shifted"] == 1.0 and half["live"] == half["MFLOP/frame"]
    assert half["step, frames/s"] == 40 and half["latency, frames"] == 0.5
    assert half["MFLOP/frame"] == pytest.approx(alone["MFLOP/frame"] / 2)
    clocked = cells[2, "all", "halving", "fresh"]
    assert clocked["live"] <= clocked["MFLOP/frame"] < alone["MFLOP/frame"]
    said = str(advice)
    assert "recommended: " in said and "rule: " in said and said.splitlines()[0].startswith("subnetworks")
    assert advice.recommended.candidate in (Candidate(clocks=2), Candidate(2), Candidate(2, skips="aligned"))


def test_rates_are_measured_in_this_process_by_default(network):
    from mpvn.advice.rates import measured

    rates = measured(network.parallel(2, clocks="halving"), seconds=0.01)
    assert rates.step > 0 and rates.chunk > 0 and rates.resident is None


@pytest.mark.parametrize(
    ("frames", "settings", "words"),
    [
        (FRAMES[:0], {}, "no frames"),
        (FRAMES[:3], {}, "3 frames are too few"),
        (FRAMES, {"num_workers": 0}, "num_workers=0"),
        (FRAMES, {"fps": -1.0}, "fps=-1.0"),
        (np.zeros((40, 5)), {}, "expected"),
    ],
)
def test_bad_input_is_one_line(network, frames, settings, words):
    workers = settings.pop("num_workers", 2)
    with pytest.raises(mpvn.InputError, match=words):
        mpvn.advise(network, frames, workers, measure=functools.partial(fake, 1.0), **settings)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with VideoWriter(str(path), 10, (20, 24)) as writer:
        for frame in FRAMES:
            writer.write(frame)
    return path


def test_the_command_on_a_users_file(network, clip, tmp_path, monkeypatch):
    """In processes of their own it takes minutes; here they share this one."""
    asked = []

    def measure(*arguments, **settings):
        asked.append((arguments, settings["options"]["num_subnetworks"]))
        return in_process.measure(*arguments, **settings)

    monkeypatch.setattr("mpvn.benchmarks.support.processes.measure", measure)
    network.parallel(2).save(tmp_path / "mine.keras")
    given = [f"--model_dir={tmp_path / 'mine.keras'}", f"--video={clip}", f"--output_dir={tmp_path / 'out'}"]
    out = good("mpvn.advise", *given, "--num_workers=1", "--seconds=0.01")
    assert "recommended: " in out and "keep up with 10 frames/s" in out and "resident, MB" in out
    assert "recommended: " in (tmp_path / "out" / "advice.md").read_text()
    assert {arguments for arguments, _ in asked} == {("advised", 1, 1)} and {count for _, count in asked} == {1, 2}


def test_each_setting_has_the_better_of_two_settings_of_threads(network, clip, tmp_path, monkeypatch):
    def measure(function, intra, inter, **settings):
        return {"step": 100.0 * inter + settings["options"]["num_subnetworks"], "chunk": 1.0, "resident": 2**20}

    monkeypatch.setattr("mpvn.benchmarks.support.processes.measure", measure)
    network.save(tmp_path / "mine.keras")
    given = [f"--model_dir={tmp_path / 'mine.keras'}", f"--video={clip}", "--max_frames=30", "--fps=250"]
    out = good("mpvn.advise", *given, "--num_workers=3", f"--output_dir={tmp_path}")
    with open(tmp_path / "advice.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["threads"] for row in rows} == {"1:3"} and {row["resident, MB"] for row in rows} == {"1"}
    assert {row["step, frames/s"] for row in rows if row["frames"] == "all"} == {"301.0", "303.0"}
    assert "30 frames, " in out and "keep up with 250 frames/s" in out


def test_processes_import_what_has_the_users_layers(network):
    assert _modules(network) == []
    units = [mpvn.Unit("own", tiny.Mix(name="own"))]
    assert _modules(mpvn.VideoNetwork(units, (3,))) == ["tiny"]


def test_bad_files_are_one_line(clip, tmp_path):
    assert "nowhere.keras" in bad("mpvn.advise", f"--video={clip}", "--model_dir=nowhere.keras")
    assert "nowhere.mp4" in bad("mpvn.advise", "--video=nowhere.mp4", "--model_dir=nowhere.keras")
    assert "--video" in bad("mpvn.advise", "--model_dir=nowhere.keras")
    assert "is not a run folder" in bad("mpvn.advise", f"--video={clip}", f"--model_dir={tmp_path}")
