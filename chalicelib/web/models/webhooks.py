"""The bodies of the webhook endpoints' part of the API, and of the notices themselves."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.bodies.models.base import AnswerModel, RequestModel
from chalicelib.bodies.models.orders import Order, ReceiptSummary, VoidedReceipt
from chalicelib.domain.notices import DeliveryStatus, NoticeType

_TYPES = tuple(each.value for each in NoticeType)


class WebhookEndpointRequest(RequestModel):
    """`event_types` missing or null: all, also those that are added later."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    event_types: (
        Annotated[list[Literal[_TYPES]], Field(min_length=1, max_length=20)]  # type: ignore[valid-type]
        | None
    ) = None


class WebhookEndpoint(AnswerModel):
    """`disabled_at`: it answered 410 Gone, so nothing more is sent to it."""

    id: str
    url: str
    event_types: list[str] | None
    created_at: str
    disabled_at: str | None


class WebhookEndpointCreated(WebhookEndpoint):
    """`secret`: shown only here, and again to a repeated request."""

    secret: str


class WebhookEndpointList(AnswerModel):
    items: list[WebhookEndpoint]
    next_cursor: str | None


class WebhookAttempt(AnswerModel):
    """`status_code` null: no answer, and `error` says why."""

    attempt_no: int
    at: str
    status_code: int | None
    error: str | None
    excerpt: str


class WebhookDelivery(AnswerModel):
    """`attempts`: the latest ones; `attempt_count` counts all."""

    id: str
    notice_id: str
    type: Literal[_TYPES]  # type: ignore[valid-type]
    occurred_at: str
    status: Literal[tuple(each.value for each in DeliveryStatus)]  # type: ignore[valid-type]
    attempt_count: int
    attempts: list[WebhookAttempt]
    next_attempt_at: str | None


class WebhookDeliveryList(AnswerModel):
    items: list[WebhookDelivery]
    next_cursor: str | None


class NoticeData(Order):
    """The order as it was when the notice was written. `receipt`: with `receipt.issued` and
    `receipt.voided` only."""

    receipt: ReceiptSummary | VoidedReceipt | None = None


class Notice(AnswerModel):
    """What is posted to an endpoint, with the headers of Standard Webhooks. `id` is also the header
    `webhook-id` and stays the same however often the notice comes."""

    id: str
    type: Literal[_TYPES]  # type: ignore[valid-type]
    occurred_at: str
    data: NoticeData
