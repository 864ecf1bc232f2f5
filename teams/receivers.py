"""What follows from a sign-in."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from api.client_address import client_address
from api.rate_limits import network_of
from teams.models import KnownNetwork, User


@receiver(user_logged_in)
def remember_network(request: HttpRequest, user: User, **_: Any) -> None:
    """Remember from where a person signed in: guesses from elsewhere cannot lock them out there."""
    if address := client_address(request):
        KnownNetwork.objects.remember(user, network_of(address))
