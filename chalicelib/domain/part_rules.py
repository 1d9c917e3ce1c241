"""Whether a bill of a fee item may be paid in parts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartRule:
    """Parts of at least `min_minor`; 1 where nobody says otherwise."""

    min_minor: int = 1
