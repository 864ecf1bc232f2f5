"""Receivers of sign-ins."""

import time
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from api.http.client_address import client_address
from api.security.rate_limits import network_of
from api.security.sessions import BEGAN
from teams.models import KnownNetwork, User


@receiver(user_logged_in)
def begin_anew(request: HttpRequest, **_: Any) -> None:
    """Count the session's age from this sign-in."""
    request.session[BEGAN] = int(time.time())


@receiver(user_logged_in)
def remember_network(request: HttpRequest, user: User, **_: Any) -> None:
    """Remember the network of a sign-in: attempts from elsewhere cannot lock it out."""
    if address := client_address(request):
        KnownNetwork.objects.remember(user, network_of(address))
