"""How long the SDK's clients wait, and how often they try again."""

from botocore.config import Config

# Short enough for a second try within API Gateway's 29 seconds.
AWS_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "max_attempts": 3},
    tcp_keepalive=True,
)

# Links to reports must be signed as every region takes them, for the region's own host.
S3_CONFIG = AWS_CONFIG.merge(
    Config(signature_version="s3v4", s3={"addressing_style": "virtual"}, read_timeout=60)
)


def config_of(service: str) -> Config:
    return S3_CONFIG if service == "s3" else AWS_CONFIG
