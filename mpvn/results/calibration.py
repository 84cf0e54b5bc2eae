"""Calibration of confidence: expected calibration error, and the loss after temperature scaling.

Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, sections 2 and 4.2.
"""

import numpy as np

BINS = 15  # bins of confidence, of equal width, as in the paper
_STEPS = 60  # of a golden section search; each leaves 0.618 of the interval
_GOLDEN = (np.sqrt(5) - 1) / 2


def calibration_error(logits: np.ndarray, labels: np.ndarray, bins: int = BINS) -> float:
    """Mean distance of confidence from accuracy (eq. 3), over bins of confidence weighted by their size.

    Args:
        logits: [examples, classes].
        labels: int [examples].
        bins: number of bins of equal width.
    """
    probabilities = np.exp(_log_softmax(logits))
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == labels
    of_bin = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(of_bin, weights=confidence - right, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))


def calibrated_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """Cross-entropy in nats after logits are divided by one temperature (eq. 9).

    The temperature is determined on one half of the examples, drawn by a fixed seed, and the loss computed on the other
    half; then the halves are swapped, and all losses averaged.

    Args:
        logits: [examples, classes], at least two examples.
        labels: int [examples].
    """
    one = np.random.default_rng(0).permutation(len(labels)) % 2 == 0
    losses = [
        _losses(logits[other] / best_temperature(logits[own], labels[own]), labels[other])
        for own, other in ((one, ~one), (~one, one))
    ]
    return float(np.concatenate(losses).mean())


def best_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature from 0.01 to 100 with the lowest cross-entropy, which has one minimum in its inverse."""
    low, high = np.log(0.01), np.log(100)

    def loss(exponent: float) -> float:
        return float(_losses(logits / np.exp(exponent), labels).mean())

    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = loss(left), loss(right)
    for _ in range(_STEPS):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = loss(right)
    return float(np.exp(0.5 * (low + high)))


def _losses(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return -_log_softmax(logits)[np.arange(len(labels)), labels]


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    logits = np.asarray(logits, np.float64)
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
