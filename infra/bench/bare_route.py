"""The peer: two bare Chalice routes, each with one boto3 put. Packaged in place of our `app.py`."""

import os

import boto3
from chalice import Chalice

app = Chalice(app_name="bare")
dynamodb = boto3.client("dynamodb")


@app.route("/v1/orders", methods=["POST"])
def create():
    body = app.current_request.json_body
    put(body["reference"], app.current_request.raw_body.decode())
    return {"reference": body["reference"]}


@app.route("/channels/{channel}/{account}/notifications", methods=["GET"])
def notification(channel, account):
    fields = app.current_request.query_params
    put(fields["vnp_TxnRef"], str(dict(fields)))
    return {"RspCode": "00"}


def put(key, content):
    item = {"pk": {"S": key}, "sk": {"S": "-"}, "content": {"S": content}}
    dynamodb.put_item(TableName=os.environ["LEDGER_TABLE"], Item=item)
