"""What an operator can mend, said in one sentence."""


class OperatorError(Exception):
    """The sentence says what is wrong and what to do. It is printed as it stands, no traceback."""
