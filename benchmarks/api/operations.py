"""The requests that are measured against the floor."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """A request of the API, and the most that it may cost, as a multiple of its floor."""

    method: str
    at_most: float
    of_one: bool = True
    body: str = ""  # `{n}` becomes the number of the request

    def path(self, prefix: str, evaluation: str) -> str:
        """Where it is sent to."""
        return f"{prefix}/evaluations" + (f"/{evaluation}" if self.of_one else "")


API, FLOOR = "/api/v1", "/floor"

#: By the name in the table. The floor of a PATCH is that of a GET.
OPERATIONS = {
    "GET": Operation("GET", at_most=3.5),
    "PATCH name": Operation("PATCH", at_most=6, body='{{"name": "Kiosk {n}"}}'),
    "list of 20": Operation("GET", at_most=6, of_one=False),
}
