"""Values against annotations: what fits, and the words for what does not."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal

import numpy as np
import pytest

from mpvn import InputError
from mpvn.checked import ToBeMade, check_fields, checked, fits, fitted, parameters
from mpvn.ranges import Above, Between, Count, Keywords, LocalPath, Positive, Share, ShareBelowOne

NAN, INF = float("nan"), float("inf")


def number() -> int:
    return 1


def untold():
    return 1


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        (Count, [1, np.int64(3)], [0, -1, "2", 2.0, True, None, NAN]),
        (Positive | None, [1, 0.5, np.float32(2), None], [0, -1.0, "1", True, NAN, INF, [1]]),
        (Share, [0, 1, 0.5], [1.1, -0.1]),
        (ShareBelowOne, [0, 0.5], [1]),
        (Annotated[float, Between(0, 1)], [0.5], [0, 1]),
        (bool, [True, False, np.bool_(True)], [0, 1, "no", None]),
        (Literal["a", "b"] | None, ["a", None], ["c", 1, ""]),
        (Literal[1, 2], [1, np.int64(2)], [3, True, "1", 1.0]),
        (Sequence[Count], [[1, 2], (1,), []], [[0], ["1"], "12", 1, None]),
        (tuple[int, int], [(1, 2), [1, 2]], [(1,), 1]),
        (Mapping[str, Count], [{"a": 1}], [{"a": 0}, {1: 1}, [1]]),
        (Callable[[], int], [number, untold, lambda: 1], ["number", 1, None, str]),
        (type[InputError], [InputError], [ValueError, InputError("x")]),
        (LocalPath, ["a b/c", "~"], ["", "gs://bucket/x", 1]),
    ],
)
def test_what_fits(annotation, good, bad):
    assert [value for value in good if not fits(value, annotation)] == []
    assert [value for value in bad if fits(value, annotation)] == []


@pytest.mark.parametrize(
    ("annotation", "kinds", "others"),
    [
        (Callable[[], int], [Callable], [dict]),
        (float, [int, float], [str, dict]),
        (dict, [dict], [str]),
    ],
)
def test_what_is_still_to_be_made_fits_where_it_may(annotation, kinds, others):
    assert all(fits(ToBeMade(kind, "@it()"), annotation) for kind in kinds)
    assert not any(fits(ToBeMade(kind, "@it()"), annotation) for kind in others)
    assert fits(ToBeMade(parameters(lambda x: x)["x"], "@it()"), annotation)  # nobody says what it is


def test_the_line_says_what_is_expected():
    for annotation, value, words in (
        (Count | None, 0, "steps=0: expected a whole number of at least 1 or None"),
        (Literal["a", "b", "c"], "d", "steps='d': expected 'a', 'b' or 'c'"),
        (Sequence[str], "a", "steps='a': expected a list, each a word in quotes, such as ['a']"),
        (Callable[[], InputError], 1, "steps=1: expected a @function that gives an InputError"),
    ):
        with pytest.raises(InputError) as error:
            fitted("steps", value, annotation)
        assert str(error.value) == words


def test_functions_and_dataclasses_check_what_they_are_given(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")

    class More:
        extra: Count

    @checked
    def read(path: LocalPath, times: Count = 1, **options: Annotated[object, Keywords(More)]) -> str:
        return path * times

    assert read("~/x") == "/home/someone/x" and read("x", times=2) == "xx"
    assert list(parameters(read)) == ["path", "times", "extra"]
    for call, words in (
        (lambda: read("x", "2"), "read.times='2'"),
        (lambda: read(path=None), "read.path=None"),
    ):
        with pytest.raises(InputError, match=words):
            call()
    with pytest.raises(TypeError):
        read()

    @dataclasses.dataclass(frozen=True)
    class Group:
        rate: Annotated[float, Above(0)] = 1.0

        def __post_init__(self):
            check_fields(self, "group")

    assert Group(2).rate == 2
    with pytest.raises(InputError, match=r"group.rate=0: expected a number above 0"):
        Group(0)
