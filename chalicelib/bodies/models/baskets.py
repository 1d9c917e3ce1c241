"""Baskets: one order for several bills."""

from typing import Annotated

from pydantic import Field

from chalicelib.bodies.models.base import Code, RequestModel, text
from chalicelib.bodies.models.orders import MetadataKey, MetadataValue, PayerRequest, Reference
from chalicelib.domain.baskets import MAX_BILLS

PaymentCode = Annotated[str, text(18, r"^[1-9][0-9]{17}$")]


class BasketCreateRequest(RequestModel):
    """`verification_words`: by payment code, of the bills of units that are not the portal's.
    `payee_unit`: the one that stands for the basket in lists, else that of the first bill."""

    payment_codes: Annotated[list[PaymentCode], Field(min_length=1, max_length=MAX_BILLS)]
    verification_words: dict[PaymentCode, Annotated[str, text(16)]] = Field(
        default_factory=dict, max_length=MAX_BILLS
    )
    reference: Reference | None = None
    payee_unit: Code | None = None
    payer: PayerRequest | None = None
    return_url: Annotated[str, text(2000)] | None = None
    language: Annotated[str, text(8)] | None = None
    expires_in_seconds: int | None = None
    channels: Annotated[list[Code], Field(min_length=1, max_length=20)] | None = None
    metadata: dict[MetadataKey, MetadataValue] = Field(default_factory=dict, max_length=15)
