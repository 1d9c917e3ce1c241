"""What AWS charges in ap-southeast-1 (Singapore), in US dollars: public list prices of 2025, on
demand, first tier, without free tier, discounts and taxes.

They were written down from the services' price pages and not fetched: before a budget hangs on one,
look it up. `write` and `read` are half of what they were before November 2024, when DynamoDB's
prices on demand were halved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from infra.bench.recorder import Call

AS_OF = "2025"
REGION = "ap-southeast-1"
MILLION = 1_000_000
GIGABYTE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """`usd` for `per` of them."""

    usd: float
    per: float
    page: str

    @property
    def each(self) -> float:
        return self.usd / self.per


PRICES = {
    "write_units": Price(0.7115, MILLION, "aws.amazon.com/dynamodb/pricing/on-demand"),
    "read_units": Price(0.1423, MILLION, "aws.amazon.com/dynamodb/pricing/on-demand"),
    "sqs": Price(0.40, MILLION, "aws.amazon.com/sqs/pricing"),
    "sqs_fifo": Price(0.50, MILLION, "aws.amazon.com/sqs/pricing"),
    "kms": Price(0.03, 10_000, "aws.amazon.com/kms/pricing"),
    "secrets": Price(0.05, 10_000, "aws.amazon.com/secrets-manager/pricing"),
    "s3_put": Price(0.005, 1_000, "aws.amazon.com/s3/pricing"),
    "s3_get": Price(0.0004, 1_000, "aws.amazon.com/s3/pricing"),
    "api": Price(4.25, MILLION, "aws.amazon.com/api-gateway/pricing (REST)"),
    "invocations": Price(0.20, MILLION, "aws.amazon.com/lambda/pricing"),
    "gigabyte_seconds": Price(0.0000166667, 1, "aws.amazon.com/lambda/pricing (x86)"),
    "log_bytes": Price(0.70, GIGABYTE, "aws.amazon.com/cloudwatch/pricing (log ingestion)"),
}


@dataclass(frozen=True, slots=True)
class Bill:
    """What is paid for. Streams read by Lambda are free; so is the poll that finds nothing, as far
    as an order is concerned: pollers ask whether or not there are orders."""

    calls: float = 0
    write_units: float = 0
    read_units: float = 0
    sqs: float = 0
    sqs_fifo: float = 0
    kms: float = 0
    secrets: float = 0
    s3_put: float = 0
    s3_get: float = 0
    api: float = 0
    invocations: float = 0
    gigabyte_seconds: float = 0
    log_bytes: float = 0

    def __add__(self, other: "Bill") -> "Bill":
        return Bill(
            *(getattr(self, each.name) + getattr(other, each.name) for each in fields(self))
        )

    def times(self, factor: float) -> "Bill":
        return Bill(*(getattr(self, each.name) * factor for each in fields(self)))

    @property
    def usd(self) -> float:
        return sum(float(getattr(self, name)) * price.each for name, price in PRICES.items())


def bill_of(calls: Sequence[Call]) -> Bill:
    """Of AWS calls alone."""
    counted = [call for call in calls if not call.is_empty]
    named = [_name(call) for call in counted]
    return Bill(
        calls=len(counted),
        write_units=sum(call.write_units + call.index_units for call in counted),
        read_units=sum(call.read_units for call in counted),
        **{name: float(named.count(name)) for name in set(named) - {"dynamodb"}},
    )


def _name(call: Call) -> str:
    if call.service == "sqs":
        return "sqs_fifo" if call.target.endswith(".fifo") else "sqs"
    if call.service == "s3":
        return "s3_get" if call.operation in ("GetObject", "HeadObject") else "s3_put"
    return {"secretsmanager": "secrets"}.get(call.service, call.service)
