"""Suites are found, say what they take, and a further one is one file."""

import csv
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from absl.flags import FlagValues
from commands import bad, good

from mpvn.benchmarks.support import flags, suite
from mpvn.benchmarks.support.suite import all_suites
from mpvn.cli.flags import make

ROOT = Path(__file__).parents[3]
OURS = {"conversion", "phases", "resuming", "streaming", "throughput"}
FURTHER = '''
"""Counts units."""

from absl import flags

import mpvn
from mpvn.benchmarks.support.suite import Suite


def define(values):
    flags.DEFINE_integer("at_least", 0, "Leaves out smaller networks.", flag_values=values)


def run(request):
    nets = [getattr(mpvn.networks, name)(3, (request.sizes[0],) * 2 + (3,), 0.1) for name in request.networks]
    rows = [{"network": net.name, "units": len(net.wiring)} for net in nets]
    rows = [row for row in rows if row["units"] >= request.flags.at_least]
    request.report("units", "Units", rows, ["counted"])


SUITE = Suite(run, heeds=("networks", "sizes"), networks=("simple_cnn", "vgg8"), usual_sizes=(32,), define=define)
'''


@pytest.fixture
def further(tmp_path, monkeypatch):
    """A package of suites with one file, as an installed project names it."""
    package = tmp_path / "further_suites"
    package.mkdir()
    (package / "__init__.py").write_text('"""Suites of ours."""\n')
    (package / "units.py").write_text(FURTHER)
    monkeypatch.syspath_prepend(tmp_path)
    points = [EntryPoint("further", "further_suites", suite.GROUP)]
    monkeypatch.setattr(suite, "entry_points", lambda group: points)
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "further_suites"]:
        del sys.modules[name]


def test_suites_of_both_packages_are_found():
    assert set(all_suites()) == OURS | {"devices", "memory", "skips"}


def test_without_entry_points_those_of_the_package_remain(monkeypatch):
    monkeypatch.setattr(suite, "entry_points", lambda group: [])
    assert set(all_suites()) == OURS
    line = bad("mpvn.benchmark", "--suite=memory")
    assert "memory" in line and "throughput" in line and "skips" not in line


def test_every_suite_heeds_flags_that_there_are():
    suites = all_suites()
    values = make(lambda values: flags.define(values, suites))
    for name, found in suites.items():
        assert found.flags and all(flag in values for flag in found.flags), name
        assert all(usual in found.networks for usual in found.usual_networks or ()), name


def test_listing_suites_imports_no_tensorflow():
    """Else --help takes seconds: a suite imports it inside the functions that need it."""
    code = (
        "import sys; from mpvn.benchmark import COMMAND; COMMAND.call(['--help']); "
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_further_suite_is_one_file(further, tmp_path):
    assert "units" in good("mpvn.benchmark", "--help") and "--at_least" in good("mpvn.benchmark", "--help")
    out = good("mpvn.benchmark", "--suite=units", "--at_least=7", f"--output_dir={tmp_path / 'out'}")
    assert "counted" in out
    with open(tmp_path / "out" / "units.csv") as file:
        (row,) = csv.DictReader(file)
    assert row == {"network": "vgg8", "units": "8"}
    assert "vgg8" not in good("mpvn.benchmark", "--suite=units", "--networks=simple_cnn")
    assert "resnet" in bad("mpvn.benchmark", "--suite=units", "--networks=resnet")
    assert "--at_least is not for suite 'phases'" in bad("mpvn.benchmark", "--suite=phases", "--at_least=1")


def values_of(*arguments):
    suites = all_suites()
    values = FlagValues()
    flags.define(values, suites)
    values(["command", *arguments])
    return flags.read(values, suites)


def test_what_is_wanted_of_a_suite(tmp_path):
    request = values_of("--suite=throughput")
    assert (request.networks, request.sizes) == (["par_densenet", "par_inception"], [112, 224])
    assert request.threads is request.levels is request.levels_by_network is request.folder is None
    given = ["--networks=par_inception", "--sizes=32", "--threads=1:1,2:3", "--subnetworks=1,5", "--width=0.5"]
    request = values_of("--suite=throughput", *given, f"--output_dir={tmp_path / 'a' / 'b'}")
    assert (request.networks, request.sizes, request.threads) == (["par_inception"], [32], [(1, 1), (2, 3)])
    assert request.levels_by_network == {"par_inception": [1, 5]} and request.flags.width == 0.5
    assert request.folder == tmp_path / "a" / "b" and request.folder.is_dir()
    assert values_of("--suite=conversion", "--subnetworks=4").levels == [4]
    assert values_of("--suite=conversion").sizes == []
    assert values_of("--suite=memory").networks == ["simple_cnn"]
    assert values_of("--suite=devices").sizes == [64]
