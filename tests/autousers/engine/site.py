"""A site of a few paths on a real socket."""

from collections.abc import Callable

from tests.hostile import Behaviour, Conversation, Hostile, answer

Answer = bytes | Callable[[Conversation], None]


def html(body: str | bytes, *fields: str) -> bytes:
    """An answer that is a page."""
    data = body.encode() if isinstance(body, str) else body
    return answer(200, "Content-Type: text/html; charset=utf-8", *fields, body=data)


def file(kind: str, body: bytes = b"x") -> bytes:
    """An answer that is something else."""
    return answer(200, f"Content-Type: {kind}", body=body)


def site(paths: dict[str, Answer], seen: list[str] | None = None) -> Behaviour:
    """Answer each path with what stands there, others with 404."""

    def behave(conversation: Conversation) -> None:
        while (request := conversation.read_request()) is not None:
            path = request.line.split()[1].decode()
            if seen is not None:
                seen.append(path)
            found = paths.get(path, answer(404, body=b"no"))
            if callable(found):
                found(conversation)
            else:
                conversation.send(found)

    return behave


def at(server: Hostile, path: str = "/") -> str:
    return f"http://127.0.0.1:{server.port}{path}"
