"""What went wrong outside our own code, in one sentence that says what to do."""

from collections.abc import Iterator

from botocore import exceptions as aws

from chalicelib.errors import ErrandlessError
from infra.errandless.failures import OperatorError

_SIGN_IN = "sign in, or set AWS_PROFILE."
_NO_CREDENTIALS = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.CredentialRetrievalError,
    aws.ProfileNotFound,
    aws.SSOError,
    aws.TokenRetrievalError,
)
_BAD_CREDENTIALS = frozenset(
    {
        *("ExpiredToken", "ExpiredTokenException", "RequestExpired", "AuthFailure"),
        *("InvalidClientTokenId", "InvalidAccessKeyId", "UnrecognizedClientException"),
        *("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"),
    }
)
_FORBIDDEN = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


def sentence_of(error: Exception) -> str | None:
    """None: a fault of our own, whose traceback is wanted."""
    if isinstance(error, OperatorError):
        return str(error)
    for cause in _causes(error):
        if isinstance(cause, (aws.BotoCoreError, aws.ClientError, aws.HTTPClientError)):
            return _aws_sentence(cause)
    if isinstance(error, ErrandlessError):
        return f"{_capital(error.detail)} ({error.code})."
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}."
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The innermost that we know says most."""
    chain: list[BaseException] = []
    while error is not None and len(chain) < 10:
        chain.append(error)
        error = error.__cause__
    return iter(reversed(chain))


def _aws_sentence(error: aws.BotoCoreError | aws.ClientError) -> str:
    if isinstance(error, _NO_CREDENTIALS):
        return f"There are no valid AWS credentials ({_without_dot(error)}): {_SIGN_IN}"
    if isinstance(error, (aws.ConnectionError, aws.HTTPClientError)):
        return _unreachable(error)
    if not isinstance(error, aws.ClientError):
        return f"AWS was not asked: {_without_dot(error)}."
    said = error.response.get("Error", {})
    code, message = said.get("Code", ""), said.get("Message", "").rstrip(".")
    if code in _BAD_CREDENTIALS:
        return f"AWS does not take these credentials ({message}): {_SIGN_IN}"
    if code in _FORBIDDEN:
        return f"These credentials may not do that: {message}."
    return f"AWS refused {error.operation_name}: {message or code} ({code})."


def _unreachable(error: Exception) -> str:
    address = str(getattr(error, "kwargs", {}).get("endpoint_url", "AWS"))
    if "127.0.0.1" in address or "localhost" in address:
        return f"Nothing answers at {address}: what `run` started has ended; start it again."
    return f"{address} cannot be reached: mind the network and the region in deployment.json."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")


def _without_dot(error: Exception) -> str:
    return str(error).rstrip(".")
