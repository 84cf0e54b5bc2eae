"""Names in other alphabets."""

import itertools

from mpvn.names import distinct


def test_no_two_become_one():
    names = ["x.a", "x_a", "x-a", "x/a", "x_a_2", "y.b", "x_a_3"]
    found = distinct(names, str.isalnum)
    assert list(found) == names and len(set(found.values())) == len(names)
    assert all(c.isalnum() or c == "_" for name in found.values() for c in name)
    # Names of allowed characters and lonely ones are what they were before there were numbers.
    assert {found[name] == name for name in ("x_a", "x_a_2", "x_a_3")} == {True} and found["y.b"] == "y_b"
    for pair in itertools.permutations(names, 2):
        assert len(set(distinct(pair, str.isalnum).values())) == 2
