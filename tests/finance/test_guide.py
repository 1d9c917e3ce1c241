"""The guide's example holds, by openssl; and its words are those that the code reads."""

import hashlib
import re
import subprocess

from chalicelib.domain.finance_systems import NAMES, ResultKind
from infra.errandless.paths import ROOT

GUIDE = (ROOT / "infra" / "guides" / "connect-a-finance-system.md").read_text()


def test_the_example_is_signed_as_it_says() -> None:
    block = re.search(r"<!-- example.*?```\n(.*?)```", GUIDE, re.S)
    assert block is not None
    key_line, body_line, *rest = block[1].strip().splitlines()
    key, body = key_line.split()[-1], body_line.split(maxsplit=1)[1]
    signed = [line for line in rest if line and not line.startswith("signature")]
    assert signed[-1] == hashlib.sha256(body.encode()).hexdigest()
    command = ["openssl", "dgst", "-sha256", "-hmac", key, "-r"]
    done = subprocess.run(
        command, input="\n".join(signed).encode(), capture_output=True, check=True
    )
    assert rest[-1].split()[-1] == done.stdout.decode().split()[0]


def test_the_guide_names_every_kind_of_result_and_every_word_of_a_bill() -> None:
    for kind in ResultKind:
        assert f"`{kind}`" in GUIDE
    for word in (*NAMES["bill"].values(), *NAMES["line"].values()):
        assert word in GUIDE
