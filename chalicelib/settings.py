"""What the stack tells a function through its environment. Read on first use, never at import."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

from chalicelib.errors import DataFault


@dataclass(frozen=True, slots=True)
class Settings:
    """Each field is the upper-cased environment variable of the same name.

    `public_base_url` has no trailing slash. `secrets_prefix` stands before every secret's name,
    so that two provinces in one account share nothing. `data_key_id` is the KMS key that wraps
    the data keys.
    """

    province: str
    public_base_url: str
    ledger_table: str
    views_table: str
    setup_table: str
    statements_bucket: str
    reports_bucket: str
    journal_bucket: str
    receipts_queue_url: str
    notices_queue_url: str
    bill_files_queue_url: str
    data_key_id: str
    secrets_prefix: str


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    names = [field.name.upper() for field in fields(Settings)]
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise DataFault("settings_missing", f"not set in the environment: {', '.join(missing)}")
    return Settings(**{name.lower(): environment[name] for name in names})
