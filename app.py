"""The table of contents: HTTP routes, then one function for each schedule, queue and stream."""

from typing import Any

from chalice import Chalice, Rate  # type: ignore[attr-defined]

app = Chalice(app_name="errandless", configure_logs=False)


@app.route("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.lambda_function(name="ledger_stream")
def ledger_stream(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {"batchItemFailures": []}


@app.lambda_function(name="receipt_numberer")
def receipt_numberer(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {"batchItemFailures": []}


@app.lambda_function(name="notice_sender")
def notice_sender(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {"batchItemFailures": []}


@app.schedule(Rate(1, unit=Rate.MINUTES), name="payment_chaser")
def payment_chaser(event: Any) -> None:
    return None


@app.schedule(Rate(5, unit=Rate.MINUTES), name="effect_sweeper")
def effect_sweeper(event: Any) -> None:
    return None


@app.on_cw_event(
    {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"object": {"key": [{"prefix": "statements/"}]}},
    },
    name="statement_arrival",
)
def statement_arrival(event: Any) -> None:
    return None


@app.schedule(Rate(1, unit=Rate.HOURS), name="daily_reconciler")
def daily_reconciler(event: Any) -> None:
    return None
