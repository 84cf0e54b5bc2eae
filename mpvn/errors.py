"""Errors in what a user gave."""


class InputError(ValueError):
    """Something given from outside is wrong: a name, a shape, a file, a setting.

    The message is one line that says what was wrong, what was expected and what to change. The binaries print that
    line and exit with code 2; any other exception is a defect of the program and keeps its traceback.
    """

    exit_code = 2
