"""What an open code says beside its order."""

from chalicelib.bodies.models.base import AnswerModel


class OpenCodeAct(AnswerModel):
    at: str
    by: str
    reason: str


class OpenCodeBinding(AnswerModel):
    """`reference`: the payee unit's own number to which it was bound."""

    reference: str
    at: str
    by: str


class OpenCode(AnswerModel):
    """`valid_until`: the last day on which it can be paid. `binding` null: nobody has said yet for
    which file and payer it is. `void`: why it was taken back, unused."""

    batch: str
    serial: int
    valid_until: str
    binding: OpenCodeBinding | None
    void: OpenCodeAct | None
