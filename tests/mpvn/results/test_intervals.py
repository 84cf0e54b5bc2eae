"""Means and 95% intervals over seeds, against values that are known."""

import math

import pytest

from mpvn.results.intervals import STUDENT_T, Interval, interval


def test_quantiles_are_those_of_students_t():
    """The closed forms of one and two degrees of freedom: tan(pi (p - 1/2)), and a rational one."""
    assert STUDENT_T[1] == pytest.approx(math.tan(math.pi * 0.475), abs=5e-4)
    assert STUDENT_T[2] == pytest.approx(0.95 * math.sqrt(2 / (1 - 0.95**2)), abs=5e-4)
    # By integrating the density: 97.5% of it lies below each quantile.
    for degrees, quantile in STUDENT_T.items():
        scale = math.gamma((degrees + 1) / 2) / (math.sqrt(degrees * math.pi) * math.gamma(degrees / 2))
        steps = 20000
        width = quantile / steps
        middles = ((i + 0.5) * width for i in range(steps))
        below = 0.5 + width * sum(scale * (1 + x * x / degrees) ** (-(degrees + 1) / 2) for x in middles)
        assert below == pytest.approx(0.975, abs=2e-5), degrees


def test_mean_and_half_width_by_hand():
    # Mean 4, deviations -2, 0, 2: variance 8 / 2 = 4, so the half width is 4.303 * 2 / sqrt(3).
    assert interval([2.0, 4.0, 6.0]) == Interval(4.0, pytest.approx(4.303 * 2 / math.sqrt(3)))
    # Mean 1.5, variance 0.5: 12.706 * sqrt(0.5) / sqrt(2) = 6.353.
    assert interval([1.0, 2.0]) == Interval(1.5, pytest.approx(6.353))
    assert interval([3.0, 3.0, 3.0]) == Interval(3.0, 0.0)
    # Beyond the table the normal distribution is near enough.
    many = interval([0.0, 1.0] * 10)
    assert many.half_width == pytest.approx(1.96 * math.sqrt(0.25 * 20 / 19) / math.sqrt(20))


def test_one_value_has_no_interval():
    single = interval([0.25])
    assert single.mean == 0.25 and math.isinf(single.half_width)
    assert f"{single:.1f}" == "0.2" and f"{single:.3f}" == "0.250"


def test_text():
    assert f"{Interval(65.64, 9.44):.1f}" == "65.6 ± 9.4"
    assert f"{Interval(0.00151, 0.0005):.4f}" == "0.0015 ± 0.0005"
