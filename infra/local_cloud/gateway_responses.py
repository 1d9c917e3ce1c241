"""Makes good a gap of the local AWS: it reads no gateway responses out of an API's definition."""

from typing import Any


def apply_gateway_responses(apigateway: Any, rest_api_id: str, template: dict[str, Any]) -> None:
    """Sets them one by one as the template has them; the stage deployed anew shows them."""
    properties = template["Resources"]["RestAPI"]["Properties"]
    for response_type, wanted in properties["GatewayResponses"].items():
        headers = wanted["ResponseParameters"]["Headers"]
        apigateway.put_gateway_response(
            restApiId=rest_api_id,
            responseType=response_type,
            **({"statusCode": wanted["StatusCode"]} if "StatusCode" in wanted else {}),
            responseParameters={f"gatewayresponse.header.{k}": v for k, v in headers.items()},
            responseTemplates=wanted["ResponseTemplates"],
        )
    apigateway.create_deployment(restApiId=rest_api_id, stageName=properties["StageName"])
