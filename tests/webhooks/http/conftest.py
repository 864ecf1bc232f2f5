"""What the tests of the sender share."""

import pytest

from tests.hostile import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """An authority whose certificates the sender trusts."""
    return Authority(tmp_path_factory.mktemp("tls"))
