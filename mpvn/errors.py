"""Errors in user input."""


class InputError(ValueError):
    """Invalid user input: a name, a shape, a file or a setting.

    The message is one line: what was wrong, what was expected and what to change. The binaries print that
    line and exit with code 2; any other exception is a defect of the program and keeps its traceback.
    """

    exit_code = 2
