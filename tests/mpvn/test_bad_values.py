"""Bad values wherever users may give some end in one line, or are good ones after all."""

import bad_values


def test_bad_values_are_one_line(tmp_path):
    """A few dozen; tests/support/bad_values.py tries as many as one likes."""
    tried = list(bad_values.drawn(48, tmp_path, seed=1))
    assert len({module for module, _ in tried}) == len(bad_values.COMMANDS)
    found = [(bad_values.outcome(*command), command) for command in tried]
    wrong = [(said, command) for (kind, said), command in found if kind == "wrong"]
    assert not wrong, wrong[0]
    assert sum(kind == "one line" for (kind, _), _ in found) > 40
