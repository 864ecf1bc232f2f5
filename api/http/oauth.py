"""The addresses of an OAuth server, which answer that this server issues no tokens."""

from http import HTTPStatus

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def not_served(request: HttpRequest) -> JsonResponse:
    """Refuse in the form of RFC 6749, section 5.2, which OAuth clients show to people."""
    return JsonResponse(
        {
            "error": "not_found",
            "error_description": (
                "This server has no sign-in over OAuth. Make an API key under Settings, API keys, "
                "and sign in with it: login --key."
            ),
        },
        status=HTTPStatus.NOT_FOUND,
    )
