"""SIGTERM in the middle of a report: the step is kept, and the run goes on as if nothing had happened."""

import json
import os
import signal

import pytest

import mpvn
from mpvn.data import sources
from mpvn.runs import progress
from mpvn.runs.checkpoints import Checkpoints
from mpvn.runs.termination import Terminated, asked_to_end
from mpvn.runs.training import train


def test_a_run_that_was_asked_to_end_goes_on(tmp_path, monkeypatch):
    def data():
        folder = str(tmp_path / "data")
        return sources.walkers(num_frames=6, size=16, num_train=24, num_validation=0, num_test=0, data_dir=folder)

    def net(input_shape, num_classes):
        return mpvn.networks.simple_cnn(num_classes, input_shape, width=0.1)

    def run(name):
        train(str(tmp_path / name), data, net, steps=8, report_every=4, batch_size=2, validation_clips=0)
        rows = [json.loads(line) for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()]
        return [(row["step"], row["loss"], row["accuracy"]) for row in rows]

    whole = run("whole")

    def begin(self, batch, logs=None):
        if self.step in at:
            at.remove(self.step)
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(progress.Progress, "on_train_batch_begin", begin, raising=False)
    at = [1, 3, 5]  # within a report, at its last step, and within the next one
    for kept in (2, 4, 6):
        with pytest.raises(Terminated, match=f"step {kept} is kept"):
            run("broken")
        network = net((16, 16, 3), 12)
        assert Checkpoints(tmp_path / "broken" / "checkpoints", network).restore() == kept
    broken = run("broken")
    assert [row[0] for row in broken] == [row[0] for row in whole] == [4, 8]
    for row, other in zip(broken, whole, strict=True):
        assert row == pytest.approx(other, rel=1e-5)
    assert (tmp_path / "broken" / "network.weights.h5").exists()


def test_the_signal_does_what_it_did_before_afterwards():
    before = signal.getsignal(signal.SIGTERM)
    with asked_to_end() as event:
        assert not event.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        assert event.wait(1.0)
    assert signal.getsignal(signal.SIGTERM) == before
