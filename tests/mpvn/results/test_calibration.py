"""Calibration, on logits whose calibration is known."""

import numpy as np
import pytest

from mpvn.results.calibration import best_temperature, calibrated_loss, calibration_error


def drawn(count, temperature):
    """Logits of examples whose labels are drawn from what the logits say at a temperature."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (count, 4))
    noise = rng.gumbel(size=logits.shape)
    return logits * temperature, (logits + noise).argmax(1)


def test_by_hand():
    """Two of three in one bin are right at 0.9, one of one at 0.6: |2.7 - 2| and |0.6 - 1| of four."""
    logits = np.log([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.4, 0.6]])
    assert calibration_error(logits, np.array([0, 1, 1, 1])) == pytest.approx((0.7 + 0.4) / 4)
    assert calibration_error(np.array([[1000.0, 0.0]]), np.array([0])) == 0
    assert calibration_error(np.array([[1000.0, 0.0]]), np.array([1])) == 1


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_overconfidence_is_found_and_taken_away(temperature):
    logits, labels = drawn(20000, temperature)
    known, _ = drawn(20000, 1.0)
    assert best_temperature(logits, labels) == pytest.approx(temperature, rel=0.05)
    assert calibrated_loss(logits, labels) == pytest.approx(calibrated_loss(known, labels), rel=1e-3)
    assert (calibration_error(logits, labels) < 0.02) == (temperature == 1)
    # Shifting logits by a constant changes nothing.
    assert calibrated_loss(logits + 7, labels) == pytest.approx(calibrated_loss(logits, labels))


def test_the_temperature_is_not_found_where_the_loss_is_taken():
    logits, labels = drawn(40, 2.0)
    at_best = logits / best_temperature(logits, labels)
    best = np.mean([np.logaddexp.reduce(row) - row[label] for row, label in zip(at_best, labels, strict=True)])
    assert best < calibrated_loss(logits, labels) < 2 * best
