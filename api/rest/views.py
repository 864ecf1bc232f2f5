"""The base of every API view.

`ApiView` fixes the order of refusal: credential, rate, scope, plan; then the handler's own
visibility, role and, last, the body. The body is read before the credential is checked.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.exceptions import (
    AuthenticationError,
    BodyTooLarge,
    InvalidRequest,
    MalformedJSON,
    MethodNotAllowed,
)
from api.rest import mirror, versioning
from api.security import security_limits

BROKEN_OFF = "The request body broke off before its end."
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
METHODS_OF_CHANGE = ("post", "put", "patch", "delete")


class ApiView(APIView):
    """A route of the API.

    Subclasses name their scopes (`read_scope` for GET, `write_scope` for the
    rest; of several, one is enough; None asks for none) and one
    method per verb.
    """

    read_scope: ClassVar[str | tuple[str, ...] | None] = None
    write_scope: ClassVar[str | tuple[str, ...] | None] = None
    #: A sentence for callers without the scope that names an alternative.
    scope_hint: ClassVar[str] = ""
    needs_credential: ClassVar[bool] = True
    methods_with_body: ClassVar[frozenset[str]] = METHODS_WITH_BODY

    #: The methods that a key may not use, whatever its scopes.
    person_methods: ClassVar[frozenset[str]] = frozenset()

    #: Whether the reply is personal: it is replayed only to the same person.
    reply_is_personal: ClassVar[bool] = False

    #: Whether a change may take rights from its own caller (`api/writes/rights.py`). `authorize`
    #: can set it for one request.
    lowers_own_rights: bool = False

    #: The methods whose reply repeats the object under `data` for one client (`mirror.py`).
    mirrored_methods: ClassVar[frozenset[str]] = frozenset()

    #: Whether requests do not count against the rate limit of the team.
    throttle_free: ClassVar[bool] = False

    #: The version that this request asked for; None until it is read.
    api_version: str | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        """Refuse a view that changes something without reading the caller's rights again."""
        super().__init_subclass__(**options)
        for method in METHODS_OF_CHANGE:
            handler = vars(cls).get(method)
            if handler is not None and not getattr(handler, "reads_rights_again", False):
                raise TypeError(f"{cls.__name__}.{method} must be wrapped in @idempotent.")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read the body, then refuse in the documented order.

        The body comes first, because a slow caller may take long to send it, and the rights would
        be outdated by then. It is read outside of transactions, so no lock is held. Faults of the
        body are reported last.
        """
        if request.method == "OPTIONS":
            return  # browsers and health checks ask what is allowed before they sign in
        problem = self._take_body(request._request)
        self.authenticate(request)
        self.check_throttles(request)
        self.check_permissions(request)
        self.api_version = versioning.requested(request)
        if any("\0" in value for value in request.query_params.values()):
            raise InvalidRequest("The query holds a NUL character (%00).")
        if problem is not None:
            raise problem

    def authenticate(self, request: Request) -> None:
        """Identify the caller. Refusals are counted by address."""
        try:
            self.perform_authentication(request)
            if request.auth is None and self.needs_credential:
                raise AuthenticationError
        except AuthenticationError:
            security_limits.count_bad_credential(request)
            raise

    def subject(self, request: Request, target: Any) -> str | None:
        """The id of what a request is about, if its path and body do not name it. A repeated
        request is replayed only if this id is the same (`api/writes/idempotency.py`).
        """
        return None

    def _take_body(self, request: HttpRequest) -> InvalidRequest | None:
        """Read the body into memory. Returns the refusal, if it cannot be read.

        A caller who offers no credential is refused without it.
        """
        if request.method not in self.methods_with_body or not self._is_welcome(request):
            return None
        limit: int = settings.API_BODY_LIMIT
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            return BodyTooLarge(limit)
        try:
            _ = request.body
        except UnreadablePostError:
            return MalformedJSON(BROKEN_OFF)
        return None

    def _is_welcome(self, request: HttpRequest) -> bool:
        """Whether a request offers a credential, good or not, or needs none."""
        offered = "HTTP_AUTHORIZATION" in request.META
        return (
            offered or settings.SESSION_COOKIE_NAME in request.COOKIES or not self.needs_credential
        )

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Answer with the methods of this route."""
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Refuse a method in the envelope, naming the ones that are allowed."""
        raise MethodNotAllowed(request.method or "", ", ".join(self.allowed_methods))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add what every reply has: version, rate limit, and the mirror of one client."""
        response = super().finalize_response(request, response, *args, **kwargs)
        version = self.api_version or versioning.current()
        response.headers["Autousers-Version"] = version
        if window := getattr(request._request, "rate_window", None):
            for name, value in window.headers.items():
                response.headers[name] = value
        if isinstance(response, Response) and response.status_code < 300:
            if isinstance(response.data, dict):
                response.data = self.as_of(version, response.data)
            if request.method in self.mirrored_methods:
                mirror.apply(request, response)
        return response

    def as_of(self, version: str, body: dict[str, Any]) -> dict[str, Any]:
        """A reply in the shape that a version had."""
        match = self.request._request.resolver_match
        operation = f"{self.request.method} {match.url_name if match else None}"
        return versioning.reply_as_of(version, operation, body)
