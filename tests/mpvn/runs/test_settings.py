"""What gin files and parameters may say: names, types and ranges, and that something reads them."""

import gin
import pytest

from mpvn import InputError
from mpvn.runs.bindings import Key, apart, bindings, value_of
from mpvn.runs.gin_text import differences, settings_text
from mpvn.runs.settings import TRAIN, parse_gin

BASE = """
train.data = @walkers
train.network = @network
train.steps = 2
network.base = @simple_cnn
network.num_subnetworks = 3
simple_cnn.width = 0.1
vgg8.width = 0.2  # a file may serve several networks
"""
OWN = """
import gin
from mpvn.data.sources import walkers

@gin.configurable
def my_clips(source, anything=0):
    with gin.config_scope("inner"):
        return source()
"""


@pytest.fixture(autouse=True)
def no_settings_left():
    gin.clear_config()
    yield
    gin.clear_config()


@pytest.fixture
def parse(tmp_path):
    def parsed(*params, text=BASE):
        (tmp_path / "base.gin").write_text(text)
        parse_gin([str(tmp_path / "base.gin")], params, root=TRAIN)

    return parsed


@pytest.mark.parametrize(
    ("param", "words"),
    [
        ('train.steps = "2"', ["train.steps='2'", "whole number of at least 1"]),
        ("train.optimizer = None", ["train.optimizer=None"]),
        ('train.data = "walkers"', ["train.data='walkers'", "write @walkers"]),
        ("train.data = @walkers()", ["train.data=@walkers()", "gives a VideoData"]),
        ("train.data = @vgg8", ["train.data=@vgg8", "gives a VideoData"]),
        ("train.network = @optimizer", ["train.network=@optimizer"]),
        ("train.seed = -1", ["train.seed=-1"]),
        ("optimizer.learning_rate = -1e-3", ["optimizer.learning_rate=-0.001", "above 0"]),
        ("optimizer.learning_rate = 1e999", ["optimizer.learning_rate=inf"]),
        ("train.clip_norm = 0", ["train.clip_norm=0"]),
        ('simple_cnn.dtype = "float33"', ["simple_cnn.dtype='float33'", "policy of Keras"]),
        ("network.prediction_latency = 1.5", ["network.prediction_latency=1.5"]),
        ('network.skips = "old"', ["network.skips='old'", "'fresh' or 'aligned'"]),
        ('network.transforms = ["with_skips"]', ["@with_skips without quotes"]),
        ("network.nonsense = 1", ["network.nonsense is unknown", "num_subnetworks"]),
        ("train.step = 1", ["train.step is unknown", "perhaps steps"]),
        ("network.clocks = halving", ["halving is not a value", '"halving"']),
        ("video_files.root=/data/mine", ['"/data/mine"']),
        ("trian.steps = 1", ["nothing is called 'trian'", "import"]),
        ("train.model = @NoSuchModel", ["nothing is called 'NoSuchModel'", "import"]),
        ("frames = '8'\nwalkers.num_frames = %frames", ["walkers.num_frames=%frames, '8'"]),
        ('video_files.flip = "no"', ["video_files.flip='no'", "True or False"]),  # though it is not called
    ],
)
def test_types_and_ranges(parse, param, words):
    with pytest.raises(InputError) as error:
        parse(*param.split("\n"))
    assert all(word in str(error.value) for word in words), str(error.value)


@pytest.mark.parametrize(
    ("params", "name"),
    [
        (["steps = 4"], "steps: expected NAME.PARAMETER, such as train.steps"),
        (["train/steps = 4"], "train/steps"),
        (["late/train.steps = 4"], "late/train.steps"),
        (["vgg8.dropout = 0.5"], "vgg8.dropout"),
        (["simple_cnn.num_classes = 3"], "simple_cnn.num_classes"),
        (['train.model_dir = "x"'], "train.model_dir"),
        (["train.network = @a/network", "b/network.num_subnetworks = 2"], "b/network.num_subnetworks"),
        (["teacher.steps = 4"], "teacher.steps"),
        (["with_skips.span = 2"], "with_skips.span"),
        (["distillation.weight = 1.0"], "distillation.weight"),
    ],
)
def test_a_setting_that_nothing_reads_is_named(parse, params, name):
    with pytest.raises(InputError, match=f"nothing reads {name}"):
        parse(*params)


@pytest.mark.parametrize(
    "params",
    [
        ["optimizer.weight_decay = 0.1", "placement.replicas = 1"],  # of groups that are read unasked
        ["train.network = @a/network", "a/network.num_subnetworks = 2"],
        ["train.network = @a/b/network", "a/simple_cnn.dropout = 0.5"],
        ["frames = 8", "walkers.num_frames = %frames"],
        ["one = %two", "two = 8", "walkers.num_frames = %one"],
        ["source = @walkers", "train.data = %source", "walkers.size = 16"],
        ["train.data = @source/macro()", "source/macro.value = @walkers", "walkers.size = 16"],
        ["network.skip = 'sum'", "with_skips.frame = True"],  # by its older name
        ["simple_cnn.dropout = 0.5", "network.base = @vgg8"],  # read until the last word
        ["train.teacher = @teacher", "teacher.network = @t/network", "train.model = @distillation",
         "t/network.num_subnetworks = 1", "distillation.weight = 1.0"],
    ],
)  # fmt: skip
def test_what_is_read_is_taken(parse, params):
    parse(*params)


def test_users_modules_read_what_they_like(parse, tmp_path):
    (tmp_path / "my_reader.py").write_text(OWN)
    text = f"import my_reader\n{BASE}\ntrain.data = @my_clips\nmy_clips.source = @walkers\n"
    parse("my_clips.anything = {'x': -1}", "inner/walkers.size = 16", "inner/my_clips.anything = 2", text=text)
    assert str(value_of("train.data").__name__) == "my_clips"
    with pytest.raises(InputError, match="nothing reads outer/walkers.size"):
        parse("outer/walkers.size = 16", text=text)


def test_two_modules_of_one_name_are_each_their_files(tmp_path):
    for folder, number in (("one", 1), ("two", 2), ("one", 1)):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "my_numbers.py").write_text(
            f"import gin\n\n@gin.configurable\ndef my_number():\n    return {number}\n"
        )
        (tmp_path / folder / "base.gin").write_text(f"import my_numbers\n{BASE}\ntrain.diagnostics = @my_number\n")
        parse_gin([str(tmp_path / folder / "base.gin")], root=TRAIN)
        assert value_of("train.diagnostics")() == number


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import sideways_tf.configurabels", ["base.gin", "configurabels", "beside it"]),
        ("import my_mistake", ["base.gin", "nothing_of_the_kind", "my_mistake.py, line 2"]),
        ("import my_unfinished", ["base.gin", "my_unfinished.py"]),
        ("train.steps = (1,", ["base.gin", "bracket"]),
        ("include 'FOLDER/base.gin'", ["base.gin", "cycle"]),
        ("include 'FOLDER/nowhere.gin'", ["base.gin", "nowhere.gin"]),
        ("train.steps = %nothing", ["nothing"]),
        ("one = %two\ntwo = %one\ntrain.steps = %one", ["one"]),
        ("nothing.steps = 1", ["base.gin", "nothing"]),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(parse, tmp_path, text, words):
    (tmp_path / "my_mistake.py").write_text("import gin\ngin.nothing_of_the_kind\n")
    (tmp_path / "my_unfinished.py").write_text("def network(\n")
    with pytest.raises(InputError) as error:
        parse(text=text.replace("FOLDER", str(tmp_path)))
    line = str(error.value)
    assert "\n" not in line and len(line) < 500 and all(word in line for word in words), line


def test_an_included_file_lies_beside_the_one_that_includes_it(tmp_path, monkeypatch):
    parts = tmp_path / "parts"
    parts.mkdir()
    (tmp_path / "row.gin").write_text("include 'parts/one.gin'\ntrain.batch_size = 3\n")
    (parts / "one.gin").write_text(f"include 'two.gin'\n{BASE}\ntrain.batch_size = 7\n")
    (parts / "two.gin").write_text("vgg8.dropout = 0.5\n")
    (tmp_path / "two.gin").write_text("nothing.there = 1\n")  # of this name, but not beside
    for folder in (tmp_path, parts, "/"):
        monkeypatch.chdir(folder)
        parse_gin([str(tmp_path / "row.gin")], root=TRAIN)
        assert (value_of("vgg8.dropout"), value_of("train.batch_size")) == (0.5, 3)
    (tmp_path / "mine.gin").write_text("include 'parts/two.gin'\n")
    (parts / "far.gin").write_text("include 'mine.gin'\n")
    monkeypatch.chdir(tmp_path)
    parse_gin([str(parts / "far.gin")])  # where the command was started, and from there
    (parts / "two.gin").write_text("late/train.steps = 4\n")
    with pytest.raises(InputError, match="nothing reads late/train.steps"):
        parse_gin([str(tmp_path / "row.gin")], root=TRAIN)


def test_a_file_with_a_byte_order_mark(tmp_path):
    text = f"{BASE}\n# Gr\u00f6\u00dfe\ntrain.steps = 4\ntrain.report_every = 2\n"
    (tmp_path / "a.gin").write_text(text, encoding="utf-8-sig")
    parse_gin([str(tmp_path / "a.gin")], ["train.steps = 6"], root=TRAIN)
    assert (value_of("train.steps"), value_of("train.report_every")) == (6, 2)


def test_files_that_a_run_wrote_are_free(tmp_path):
    """They have all that was set, and groups by the words of older versions."""
    (tmp_path / "operative_config.gin").write_text(
        f"{BASE}\ntrain.optimizer = None\ntrain.placement = None\nsimple_cnn.num_classes = 3\nsize = 3\n"
    )
    parse_gin([str(tmp_path / "operative_config.gin")], ["optimizer.decay = 'cosine'"], root=TRAIN)
    with pytest.raises(InputError, match="nothing reads steps"):
        parse_gin([str(tmp_path / "operative_config.gin")], ["steps = 3"], root=TRAIN)


def test_settings_that_were_there_come_back(parse):
    parse("frames = 8", "walkers.num_frames = %frames")
    before = bindings()
    with apart():
        assert bindings() == {} and not gin.config_is_locked()
        parse("train.steps = 7")
    assert bindings() == before and gin.config_is_locked()
    assert before[Key("", TRAIN, "steps")] == 2 and str(Key("a", TRAIN, "steps")) == "a/train.steps"


def test_the_text_has_all_that_was_set(parse):
    """Also what nobody has read so far."""
    parse(
        "frames = 8",
        "walkers.num_frames = %frames",
        "late/optimizer.weight_decay = 0.1",
        "train.optimizer = @late/optimizer",
    )
    text = settings_text()
    for line in ("frames = 8", "walkers.num_frames = %frames", "late/optimizer.weight_decay = 0.1"):
        assert f"{line}\n" in text
    changed = text.replace("frames = 8", "frames = 9").replace("train.steps = 2", "train.steps = \\\n    3")
    assert differences(text, changed) == {"frames": ("8", "9"), "train.steps": ("2", "3")}
    assert differences(text, text) == {}
