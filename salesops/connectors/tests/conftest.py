"""Servers of one's own for the mail tests."""

from collections.abc import Iterator

import pytest

from salesops.connectors.tests.mail_servers import Certificates, Dovecot, SmtpServer, dovecot_or_skip


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def dovecot(certificates) -> Iterator[Dovecot]:
    with dovecot_or_skip(certificates) as server:
        yield server


@pytest.fixture
def smtp(certificates) -> Iterator[SmtpServer]:
    with SmtpServer(certificates) as server:
        yield server


@pytest.fixture(autouse=True)
def _own_machine_is_allowed(settings):
    settings.CONNECTOR_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]
    settings.CONNECTOR_TIMEOUT_SECONDS = 5.0
