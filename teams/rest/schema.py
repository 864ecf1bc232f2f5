"""The credentials, as the OpenAPI document names them. Imported when the app is ready."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(OpenApiAuthenticationExtension):
    """An API key in the Authorization header."""

    target_class = "teams.auth.authentication.BearerAuthentication"
    name = "bearerAuth"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Bearer, as HTTP defines it."""
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):
    """The cookie of a signed-in browser."""

    target_class = "teams.auth.authentication.SessionAuthentication"
    name = "sessionCookie"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """The cookie that Django sets."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
