"""The picture of a schedule."""

import builtins

import pytest
from cases import chain, par_densenet, schedule

pytest.importorskip("matplotlib")


def texts(monkeypatch, found, num_ticks, path):
    """What the picture says, as {(tick, subnetwork): text}."""
    from matplotlib.axes import Axes

    said, write = {}, Axes.text

    def record(self, x, y, text, **kwargs):
        if not kwargs.get("transform"):
            said[x, y] = text
        return write(self, x, y, text, **kwargs)

    monkeypatch.setattr(Axes, "text", record)
    found.plot(path, num_ticks)
    return said


def test_a_chain_shows_one_frame_per_subnetwork(monkeypatch, tmp_path):
    said = texts(monkeypatch, schedule(chain(3)), 5, tmp_path / "chain.png")
    assert (tmp_path / "chain.png").stat().st_size > 1000
    assert said == {(tick, row): str(tick - row) for row in range(3) for tick in range(row, 5)}


def test_skips_show_the_oldest_and_the_freshest_frame(monkeypatch, tmp_path):
    case = chain(3)
    case.units["u2"] = (["u1", "u0"], [])
    case = type(case)(case.units, case.subnetwork, case.periods, case.phases)
    said = texts(monkeypatch, schedule(case), 4, tmp_path / "skips.png")
    assert said[2, 2] == "0–1"
    assert said[3, 2] == "1–2"
    assert said[3, 1] == "2"


def test_slow_units_hold(monkeypatch, tmp_path):
    case = chain(2)
    case = type(case)(case.units, case.subnetwork, {"u0": 1, "u1": 2}, {"u0": 0, "u1": 1})
    said = texts(monkeypatch, schedule(case), 5, tmp_path / "slow.png")
    assert [said.get((tick, 1)) for tick in range(5)] == [None, "0", "0", "2", "2"]


def test_a_cotangent_goes_forward_in_time_and_meets_later_frames(monkeypatch, tmp_path):
    from matplotlib.axes import Axes

    arrows, annotate = [], Axes.annotate

    def record(self, text, xy, xytext, arrowprops):
        arrows.append((arrowprops["linestyle"], xytext, xy))
        return annotate(self, text, xy, xytext, arrowprops=arrowprops)

    monkeypatch.setattr(Axes, "annotate", record)
    said = {}
    write = Axes.text

    def text(self, x, y, words, **style):
        said.setdefault(style.get("color"), {})[round(x), round(y)] = words
        return write(self, x, y, words, **style)

    monkeypatch.setattr(Axes, "text", text)
    schedule(chain(3)).plot(tmp_path / "backward.png", backward=True)
    # Subnetwork 2 has frame 0 at tick 2; its cotangent meets frame 2 in subnetwork 1, frame 4 in subnetwork 0.
    assert [arrow for arrow in arrows if arrow[0] == "solid"] == [("solid", (2, 2), (3, 1)), ("solid", (3, 1), (4, 0))]
    assert [arrow for arrow in arrows if arrow[0] == "dashed"] == [
        ("dashed", (1, 1), (0, 0)),
        ("dashed", (2, 2), (1, 1)),
    ]
    assert said["tab:red"] == {(3, 1): "0", (4, 0): "0"}
    assert (said["black"][3, 1], said["black"][4, 0]) == ("2", "4")


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_formats(tmp_path, ending):
    schedule(par_densenet()).plot(tmp_path / f"schedule.{ending}")
    assert (tmp_path / f"schedule.{ending}").stat().st_size > 1000


def test_without_matplotlib_it_says_so(monkeypatch, one_line_error, tmp_path):
    load = builtins.__import__

    def missing(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return load(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    one_line_error(lambda: schedule(chain(2)).plot(tmp_path / "a.png"), "matplotlib", "pip install")
