"""The table of contents: HTTP routes, then one function for each schedule, queue and stream.

Handlers stand here and not in Blueprints: one in a Blueprint would be packaged as a function of its
module and never load this file. Each imports its job when it runs, so that no function loads
another one's code.
"""

from typing import Any

from chalice import Chalice, Rate  # type: ignore[attr-defined]

from chalicelib.web.blueprints import BLUEPRINTS

app = Chalice(app_name="errandless", configure_logs=False)

for blueprint in BLUEPRINTS:
    app.register_blueprint(blueprint)


@app.lambda_function(name="ledger_stream")
def ledger_stream(event: dict[str, Any], context: Any) -> dict[str, Any]:
    from chalicelib.jobs.stream import handle_records

    return handle_records(event)


@app.lambda_function(name="journal_keeper")
def journal_keeper(event: dict[str, Any], context: Any) -> None:
    from chalicelib.jobs.keep_journal import handle_records

    handle_records(event)


@app.lambda_function(name="receipt_numberer")
def receipt_numberer(event: dict[str, Any], context: Any) -> dict[str, Any]:
    from chalicelib.jobs.number_receipts import handle_messages

    return handle_messages(event)


@app.lambda_function(name="notice_sender")
def notice_sender(event: dict[str, Any], context: Any) -> dict[str, Any]:
    from chalicelib.jobs.send_notices import handle_messages

    return handle_messages(event)


@app.lambda_function(name="bill_file_worker")
def bill_file_worker(event: dict[str, Any], context: Any) -> dict[str, Any]:
    from chalicelib.jobs.bill_files import handle_messages

    return handle_messages(event)


@app.schedule(Rate(1, unit=Rate.MINUTES), name="payment_chaser")
def payment_chaser(event: Any) -> None:
    from chalicelib.jobs.chase import chase_due

    chase_due()


@app.schedule(Rate(5, unit=Rate.MINUTES), name="effect_sweeper")
def effect_sweeper(event: Any) -> None:
    from chalicelib.jobs.sweep import sweep_due

    sweep_due()


@app.on_cw_event(
    {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"object": {"key": [{"prefix": "statements/"}]}},
    },
    name="statement_arrival",
)
def statement_arrival(event: Any) -> None:
    from chalicelib.jobs.reconcile import on_statement_arrival

    on_statement_arrival(event.to_dict())


@app.on_cw_event(
    {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"object": {"key": [{"prefix": "finance/"}]}},
    },
    name="finance_arrival",
)
def finance_arrival(event: Any) -> None:
    from chalicelib.jobs.finance_files import on_finance_file

    on_finance_file(event.to_dict())


@app.schedule(Rate(5, unit=Rate.MINUTES), name="finance_exchange")
def finance_exchange(event: Any) -> None:
    from chalicelib.jobs.finance_files import exchange_due

    exchange_due()


@app.schedule(Rate(1, unit=Rate.HOURS), name="daily_reconciler")
def daily_reconciler(event: Any) -> None:
    from chalicelib.jobs.reconcile import run_due_reconciliations

    run_due_reconciliations()
