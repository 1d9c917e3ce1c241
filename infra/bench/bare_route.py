"""The peer: two bare Chalice routes, each with one boto3 put. Packaged in place of our `app.py`."""

import os
from typing import cast

import boto3
from chalice import Chalice  # type: ignore[attr-defined]
from chalice.app import Request

app = Chalice(app_name="bare")
dynamodb = boto3.client("dynamodb")


@app.route("/v1/orders", methods=["POST"])
def create() -> dict[str, str]:
    request = cast(Request, app.current_request)
    body = request.json_body
    put(body["reference"], str(body))
    return {"reference": body["reference"]}


@app.route("/channels/{channel}/{account}/notifications", methods=["GET"])
def notification(channel: str, account: str) -> dict[str, str]:
    request = cast(Request, app.current_request)
    fields = dict(request.query_params or {})
    put(fields["vnp_TxnRef"], str((channel, account, fields)))
    return {"RspCode": "00"}


def put(key: str, content: str) -> None:
    item = {"pk": {"S": key}, "sk": {"S": "-"}, "content": {"S": content}}
    dynamodb.put_item(TableName=os.environ["LEDGER_TABLE"], Item=item)
