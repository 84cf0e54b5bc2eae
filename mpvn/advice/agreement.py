"""Agreement of a setting's outputs with those of the sequential network."""

import numpy as np

from mpvn.advice.row import Agreement


def agreement(outputs: np.ndarray, expected: np.ndarray, newest: np.ndarray, first: int) -> Agreement:
    """Compares outputs with those of the sequential network on the same frames.

    Outputs of one axis are treated as those of a classifier: the largest counts. Variation is the mean total variation
    distance between the class probabilities of two consecutive frames (half the sum of absolute differences); for other
    outputs, it is the mean change relative to their size.

    Args:
        outputs: [ticks, ...].
        expected: [frames, ...], of the sequential network.
        newest: [ticks], the newest frame that each output can depend on.
        first: first tick whose output counts.
    """
    outputs, shifted, expected = outputs[first:], expected[newest[first:]], expected[first:]
    if expected.ndim == 2 and expected.shape[-1] > 1:
        at_once, late = (float(np.mean(outputs.argmax(-1) == other.argmax(-1))) for other in (expected, shifted))
        change = np.abs(np.diff(_probabilities(outputs), axis=0)).sum(-1) / 2
        return Agreement(True, at_once, late, float(change.mean()))
    at_once, late = (_relative(outputs, other) for other in (expected, shifted))
    return Agreement(False, at_once, late, _relative(outputs[1:], outputs[:-1]))


def _probabilities(outputs: np.ndarray) -> np.ndarray:
    if outputs.min() >= 0 and np.allclose(outputs.sum(-1), 1, atol=1e-3):
        return outputs
    exponentials = np.exp(outputs - outputs.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def _relative(outputs: np.ndarray, expected: np.ndarray) -> float:
    """Norm of the difference divided by the norm of the expected outputs, over all frames together."""
    size = float(np.linalg.norm(expected))
    return float(np.linalg.norm(outputs - expected)) / size if size else 0.0
