"""Call a server with the generated client for Python: create a study, read it, be refused."""

import os
from http import HTTPStatus

from autousers_client import AuthenticatedClient
from autousers_client.api.autousers import get_autousers_id
from autousers_client.api.evaluations import get_evaluations_id, post_evaluations
from autousers_client.models import (
    Autouser,
    AutouserStatus,
    ErrorEnvelope,
    ErrorType,
    Evaluation,
    EvaluationCreate,
)


def main() -> None:
    """Raise an AssertionError where a reply is not what the document says."""
    client = AuthenticatedClient(
        base_url=os.environ["AUTOUSERS_URL"],
        token=os.environ["AUTOUSERS_KEY"],
        raise_on_unexpected_status=True,
    )
    created = post_evaluations.sync_detailed(
        client=client, body=EvaluationCreate(name="Ticket kiosk"), idempotency_key="client-1"
    )
    assert created.status_code is HTTPStatus.CREATED
    assert isinstance(created.parsed, Evaluation)

    read = get_evaluations_id.sync(id=created.parsed.id, client=client)
    assert isinstance(read, Evaluation)
    assert (read.id, read.name) == (created.parsed.id, "Ticket kiosk")
    assert read.created_at == created.parsed.created_at

    persona = get_autousers_id.sync(id="novice", client=client)
    assert isinstance(persona, Autouser)
    assert persona.status is AutouserStatus.PUBLISHED

    refused = get_evaluations_id.sync(id="cm9k2v7f40001s8l2d4hq6wzt", client=client)
    assert isinstance(refused, ErrorEnvelope)
    assert refused.error.type_ is ErrorType.NOT_FOUND_ERROR
    assert refused.error.code == "evaluation_not_found"


if __name__ == "__main__":
    main()
