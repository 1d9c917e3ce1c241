"""How an invariant says that it does not hold."""


class InvariantBroken(AssertionError):
    """The message begins with the invariant's name."""


def require(holds: object, name: str, detail: object) -> None:
    if not holds:
        raise InvariantBroken(f"{name}: {detail}")
