"""The difference that a proposal makes, for the page: out of the unified diff of the API."""

from api.differences import Kind, Line

KINDS: dict[str, Kind] = {"+": "added", "-": "removed", " ": "same"}

#: Lines of a unified diff that name the texts, before its first part.
HEAD = 2


def lines_of(unified: str) -> list[Line]:
    """The lines of a unified diff; a new part begins with a gap."""
    found: list[Line] = []
    for line in unified.split("\n")[HEAD:]:
        kind = KINDS.get(line[:1])
        if kind is not None:
            found.append(Line(kind, ((False, line[1:]),)))
    return found
