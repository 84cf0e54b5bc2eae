"""Suites are found, say what they take, and a further one is one file."""

import csv
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from absl.flags import FlagValues
from commands import bad, good, run

from mpvn.benchmarks.support import flags, suite
from mpvn.benchmarks.support.suite import all_suites
from mpvn.cli.flags import make

ROOT = Path(__file__).parents[3]
OURS = {"conversion", "deployment", "phases", "precision", "resuming", "streaming", "throughput"}
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
    assert "--at_least is not used by suite 'phases'" in bad("mpvn.benchmark", "--suite=phases", "--at_least=1")


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


def table(folder, name):
    with open(folder / f"{name}.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_streaming_reports_speed_and_memory(monkeypatch, tmp_path):
    asked = []

    def measure(function, intra, inter, **settings):
        asked.append((function, intra, inter, settings["network"], settings["size"], settings.get("phases")))
        if function == "memory":
            return {"resident": {"1000": 2**20, "20000": 2**20 * 1.5}, "traces": 4, "hyper_period": 16}
        return {"seconds_per_frame": [0.5 / settings["num_subnetworks"]]}

    monkeypatch.setattr("mpvn.benchmarks.streaming.measure", measure)
    small = ["--networks=par_inception", "--sizes=32", "--threads=1:2", "--subnetworks=1,5", "--phases=zero"]
    good("mpvn.benchmark", "--suite=streaming", *small, f"--output_dir={tmp_path}")
    assert set(asked[:-1]) == {("streaming", 1, 2, "par_inception", 32, "zero")} and asked[-1][0] == "memory"
    rows = table(tmp_path, "streaming")
    assert [(row["subnetworks"], row["clocks"], row["to sequential step"]) for row in rows] == [
        (count, clocks, f"{float(count):.2f}") for clocks in ("none", "halving") for count in "15"
    ]
    (row,) = table(tmp_path, "streaming_memory")
    assert (row["growth"], row["functions traced"]) == ("50.00%", "4")


def test_suites_that_train_report_what_is_measured(monkeypatch, tmp_path):
    asked = []

    def measure(function, intra, inter, module, network, size, width, num_frames, **settings):
        asked.append((network, size, width))
        if function == "speed":
            return {"seconds_per_step": [0.25]}
        return {"clip": 2**20, "above_idle": num_frames * 2**20}

    for name in ("memory", "skips"):
        monkeypatch.setattr(f"sideways_tf.benchmarks.{name}.measure", measure)
        small = ["--sizes=16", "--width=0.1", f"--output_dir={tmp_path}"]
        good("mpvn.benchmark", f"--suite={name}", *small)
    assert set(asked) == {("simple_cnn", 16, 0.1)}
    rows = table(tmp_path, "memory")
    assert {row["frames"]: row["beyond the clip, MB"] for row in rows} == {"16": "15", "64": "63", "256": "255"}
    rows = table(tmp_path, "skips")
    assert {row["steps/s"] for row in rows} == {"4.00"} and rows[0]["wiring"] == "no skips"


@pytest.mark.parametrize(("equal", "code"), [("yes", 0), ("NO", 1)])
def test_conversion_fails_where_outputs_differ(equal, code, monkeypatch, tmp_path):
    asked = []

    def measured(networks, sizes, levels):
        asked.append((networks, sizes, levels))
        return [{"network": networks[0], "equal": equal}]

    monkeypatch.setattr("mpvn.benchmarks.conversion.run", measured)
    flags = ["--suite=conversion", "--networks=VGG16", "--subnetworks=4", f"--output_dir={tmp_path}"]
    found, out, err = run("mpvn.benchmark", *flags)
    assert (found, asked) == (code, [(["VGG16"], None, [4])])
    assert err == ("error: some outputs differ from those of Keras\n" if code else "")
    assert table(tmp_path, "conversion") == [{"network": "VGG16", "equal": equal}]
