"""Which Python may package."""

import pytest

from infra.errandless.failures import OperatorError
from infra.errandless.template import require_runtime


def test_the_current_runtime_packages() -> None:
    require_runtime((3, 13))


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 14)])
def test_another_python_is_refused_with_what_to_do(version: tuple[int, int]) -> None:
    with pytest.raises(OperatorError) as refused:
        require_runtime(version)
    assert "needs Python 3.13" in str(refused.value)
    assert f"this is 3.{version[1]}" in str(refused.value)
