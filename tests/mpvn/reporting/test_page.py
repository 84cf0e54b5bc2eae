"""The page in a browser: it says what the schedule says, and complains of nothing."""

import re
import shutil
import subprocess

import pytest
from cases import chain, schedule
from commands import bad, good
from reference import Case

from mpvn.reporting import facts
from mpvn.reporting.page import of_facts
from mpvn.reporting.sources import facts_of
from mpvn.schedule.cotangents import travels

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")


def clocked():
    """Skips, a tap, clocks, an unread execution, and feedback, in three subnetworks."""
    units = {
        "a": (["frame"], []),
        "b": (["a", ("a", 1)], ["d"]),
        "c": (["b", "a"], []),
        "d": (["c"], []),
    }
    return Case(
        units, {"a": 0, "b": 0, "c": 1, "d": 2}, {"a": 1, "b": 2, "c": 2, "d": 4}, {"a": 0, "b": 0, "c": 1, "d": 2}
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A schedule's page, and the schedule."""
    folder, found = tmp_path_factory.mktemp("page"), schedule(clocked())
    found.to_csv(folder / "schedule.csv")
    out = good("mpvn.report", f"--model_dir={folder}/schedule.csv", f"--output={folder}/page.html")
    assert "page.html" in out
    return folder / "page.html", found


def seen(path, where=""):
    """The page as a browser has made it, and what it complained of."""
    command = [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    command += [f"--user-data-dir={path.parent}/browser", "--virtual-time-budget=2000", "--dump-dom"]
    done = subprocess.run([*command, f"file://{path}{where}"], capture_output=True, text=True, timeout=60)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@needs_browser
@pytest.mark.parametrize(("unit", "tick"), [("d", 14), ("d", 13), ("c", 9), ("b", 6), ("a", 7)])
def test_hover_says_what_the_schedule_says(page, unit, tick):
    path, found = page
    dom, complaints = seen(path, f"#schedule:{unit}@{tick}")
    assert not complaints
    panel = re.search(r'<div id="facts"[^>]*>', dom)[0]
    frames = re.search(r'data-frames="([^"]*)"', panel)[1]
    assert tuple(map(int, frames.split())) == found.frames_mixed(unit, tick)
    ways = re.search(r'data-ways="([^"]*)"', panel)[1]
    expected = set()
    if unit == found.output and found.executes(unit, tick):
        expected = {f"{way.source}@{way.arrives}" for way in travels(found, tick)}
        assert {way.rsplit("@", 1)[0] for way in ways.split()} == expected
    assert bool(ways) == (found.executes(unit, tick) and unit != "a")
    assert f"{unit}, tick {tick}" in dom and ("executes" in dom) and len(re.findall("<rect", dom)) > 4 * 16


@needs_browser
def test_a_run_s_page(tmp_path):
    """Charts, tables, pictures and settings, also with words that would end an element."""
    found = schedule(chain(3))
    metrics = [{"step": step, "loss": 1 / step, "val_loss": 2 / step, "subnetwork0/cosine": 0.5} for step in (1, 2, 3)]
    page = {
        "title": "a </script> run",
        "words": "w",
        "overview": facts.overview(found),
        "schedule": facts.schedule_facts(found, dict.fromkeys(found.names, 7.5)),
        "charts": facts.charts(metrics),
        "results": [{"title": "e.json", "head": ["network", "loss"], "rows": [["as trained", 0.25]]}],
        "pictures": [],
        "settings": "train.steps = 3",
    }
    (tmp_path / "run.html").write_text(of_facts(page))
    dom, complaints = seen(tmp_path / "run.html")
    assert not complaints and "a &lt;/script&gt; run" in dom
    for words in ("train.steps = 3", "as trained", "val_loss, step 3", "cosine", "operations"):
        assert words in dom
    assert [chart["title"] for chart in page["charts"]] == ["loss", "cosine"]
    assert [line["name"] for line in page["charts"][0]["lines"]] == ["loss", "val_loss"]


def test_facts_of_a_schedule(page):
    path, found = page
    said = facts_of(str(path.parent / "schedule.csv"))
    of_unit = {unit["name"]: unit for unit in said["schedule"]["units"]}
    for name in found.names:
        assert {(name, tick) for tick in of_unit[name]["live"]} == {pair for pair in found.live if pair[0] == name}
        assert of_unit[name]["valid_from"] == found.unit_valid_from(name)
    assert (
        said["schedule"]["load_per_tick"] == list(found.load_per_tick()) and sum(said["schedule"]["load_per_tick"]) == 9
    )
    assert [row[2] for row in said["schedule"]["balance"]] == [1.5, 0.5, 0.25]
    assert dict(map(tuple, said["overview"]))["first valid output, tick"] == found.valid_from


def test_bad_input(page, tmp_path):
    path, _ = page
    source = path.parent / "schedule.csv"
    assert ".html" in bad("mpvn.report", f"--model_dir={source}", f"--output={tmp_path}/page.txt")
    assert "is not a folder" in bad("mpvn.report", f"--model_dir={source}", f"--output={tmp_path}/none/page.html")
    assert "nowhere" in bad("mpvn.report", "--model_dir=nowhere", f"--output={tmp_path}/page.html")
    (tmp_path / "a.csv").write_text("no,schedule\n1,2\n")
    assert "a.csv" in bad("mpvn.report", f"--model_dir={tmp_path}/a.csv", f"--output={tmp_path}/page.html")
    assert not (tmp_path / "page.html").exists()
