"""Every shipped gin file names what exists, is built at its own size, fits its clips, and takes a step."""

import re
from pathlib import Path

import gin
import keras
import numpy as np
import pytest
from one_step import base_of_settings, built, built_without_values, data_of_settings, settings_but, step

import mpvn.reproductions
import sideways_tf.reproductions
from mpvn import InputError, VideoNetwork
from mpvn.reproductions import table1 as mpvn_table1
from mpvn.reproductions.support.result import results_of
from mpvn.runs import configurables, older_names
from mpvn.runs.bindings import bindings, is_set, value_of
from mpvn.runs.settings import TRAIN, parse_gin
from sideways_tf.reproductions import table1 as sideways_table1

GIN = Path(__file__).parents[1] / "gin_configs"
PAPERS = GIN / "papers"
ROWS = sorted(path for path in PAPERS.glob("*/*/*.gin") if path.parent.name != "parts")
FILES = sorted(path for folder in ("mpvn", "sideways") for path in (GIN / folder).glob("*.gin")) + ROWS
PARTS = sorted({*PAPERS.rglob("*.gin")} - {*ROWS})
OF_REPRODUCTIONS = sorted((GIN / "reproductions").rglob("*.gin"))
NARROW = 1 / 16
# In the step; frames are not what files differ in.
SMALL = 32
# Files share what they are made of: it is built, and takes its step, once.
_frames_needed: dict[str, int] = {}
_stepped: set[str] = set()
_bases: dict[str, VideoNetwork] = {}


@pytest.fixture(autouse=True)
def no_settings_left():
    gin.clear_config()
    yield
    gin.clear_config()


@pytest.fixture(autouse=True)
def shared_bases(monkeypatch):
    """Files with the same sequential network put its units into their schedules, as `parallel` does: made once."""
    make = configurables._base_network

    def shared(base, *arguments):
        if is_set("train.teacher"):  # whose weights are its own
            return make(base, *arguments)
        of_base = sorted(f"{key} = {value}" for key, value in bindings().items() if str(key).startswith(base.__name__))
        key = f"{base.__name__} {arguments} {of_base}"
        if key not in _bases:
            _bases[key] = make(base, *arguments)
        return _bases[key]

    monkeypatch.setattr(configurables, "_base_network", shared)


def users_model(folder):
    """The settings that name a Keras model, as a user has one."""
    layers = [keras.layers.Conv2D(2, 3, 4), keras.layers.Conv2D(2, 3, 4), keras.layers.Conv2D(2, 3)]
    layers += [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, "softmax")]
    keras.Sequential([keras.Input((96, 96, 3)), *layers]).save(folder / "model.keras")
    return [f'keras_file.path = "{folder / "model.keras"}"']


def check_file(path, params=()):
    """Reads a file, builds what it describes at its own size, and takes a step of a narrow network on small frames."""
    parse_gin([str(path)], params, root=TRAIN)
    assert value_of("train.steps") % value_of("train.report_every") == 0
    data, base = data_of_settings(), base_of_settings()
    key = f"{data.size} {data.whole}\n{settings_but([data.source])}"
    if key not in _frames_needed:
        # A Keras file has values, and they are read.
        _frames_needed[key] = frames_of((built if base == "keras_file" else built_without_values)(data.described()))
    needed = _frames_needed[key]
    assert data.whole or needed <= data.num_frames, f"{path.stem} needs clips of {needed} frames"
    key = f"{data.whole}\n{settings_but([data.source], ['width'])}"
    if key in _stepped:
        return
    if base != "keras_file":  # which has the width and the frames that it has
        parse_gin([str(path)], [*params, f"{base}.width = {NARROW}"], root=TRAIN)
    few = data.described(2 if data.whole else needed, None if base == "keras_file" else SMALL)
    loss, changed = step(built(few), few)
    assert np.isfinite(loss) and any(changed), f"{path.stem}: loss {loss}, {sum(changed)} variables changed"
    _stepped.add(key)


def frames_of(full):
    """The frames that a clip needs."""
    if full.teacher is not None:
        assert full.teacher.schedule.num_subnetworks == 1 and len(full.model.units) == 3
    return full.frames


@pytest.mark.parametrize("path", FILES, ids=lambda path: "-".join(path.relative_to(GIN).with_suffix("").parts))
def test_a_shipped_file_is_built_and_takes_a_step(path, tmp_path):
    assert path.read_text().startswith("# ")
    check_file(path, users_model(tmp_path) if "@keras_file" in path.read_text() else [])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (["video_files.frames = 3"], "frames"),
        (["vgg8.dropout = 0.1"], "nothing reads vgg8.dropout"),
        (["optimizer.kind = 'adamm'"], "adamm"),
        (["network.num_subnetworks = 7"], "7"),
    ],
)
def test_a_wrong_setting_is_found(params, words):
    with pytest.raises(InputError, match=words):
        check_file(PAPERS / "sideways/table1/ucf101_simple_cnn_sideways.gin", params)


@pytest.mark.parametrize(
    "row", ["sideways/table1/ucf101_simple_cnn_sideways", "mpvn/table1/par_inception_10_subnetworks"]
)
def test_a_clip_that_is_too_short_is_found(row):
    with pytest.raises(AssertionError, match="needs clips of"):
        check_file(PAPERS / f"{row}.gin", ["video_files.num_frames = 5"])


@pytest.mark.parametrize("path", OF_REPRODUCTIONS, ids=lambda path: "-".join(path.parts[-3:]))
def test_a_file_of_a_reproduction_names_what_exists(path):
    assert results_of(mpvn.reproductions) and results_of(sideways_tf.reproductions)  # their settings are known now
    assert path.read_text().startswith("# ")
    gin.parse_config("import sideways_tf.configurables")
    parse_gin([str(path)])
    assert gin.config_str().count(" = ") > 0


@pytest.mark.parametrize("path", [*FILES, *PARTS, *OF_REPRODUCTIONS], ids=lambda path: "-".join(path.parts[-3:]))
def test_a_shipped_file_uses_no_older_name(path):
    older = {f"train.{name}" for name in older_names.TRAIN} | {f"network.{name}" for name in older_names.NETWORK}
    assert not older & set(re.findall(r"\b(?:train|network)\.\w+", path.read_text()))


def test_there_is_a_file_for_every_network_on_walkers_and_ucf101():
    names = {path.stem for path in FILES}
    networks = ("simple_cnn", "vgg8", "par_densenet", "par_inception")
    assert {f"{network}_{data}" for network in networks for data in ("walkers", "ucf101")} <= names


def mpvn_row(network, subnetworks):
    """The file of a row of Table 1 of MPVN."""
    kinds = {1: "sequential", "distilled": "10_subnetworks_distilled"}
    kind = "non_causal" if network == "inception_3d" else kinds.get(subnetworks, f"{subnetworks}_subnetworks")
    return PAPERS / f"mpvn/table1/{network}_{kind}.gin"


def test_there_is_a_file_for_every_row_of_table_1_of_mpvn():
    for row, percent in mpvn_table1.PAPER.items():
        assert f"{percent} %" in mpvn_row(*row).read_text()


def test_there_is_a_file_for_every_row_of_table_1_of_sideways():
    for (data, network), numbers in sideways_table1.PAPER.items():
        for method, percent in zip(("backpropagation", "sideways"), numbers, strict=True):
            path = PAPERS / f"sideways/table1/{data}_{network}_{method}.gin"
            assert f"{percent} %" in path.read_text()
            parse_gin([str(path)])
            assert value_of("SidewaysModel.gradients") == {"backpropagation": "exact"}.get(method, method)


def test_a_table_names_every_row():
    named = re.findall(r"`([\w/*]+\.gin)`", (PAPERS / "README.md").read_text())
    found = {pattern: {*PAPERS.glob(pattern)} for pattern in named}
    assert all(found.values()), [pattern for pattern, paths in found.items() if not paths]
    assert set().union(*found.values()) == {*ROWS}


def test_parts_say_what_they_are():
    assert PARTS and all(path.read_text().startswith("# ") for path in PARTS)
