"""The model of a guest: somebody who rates through a share link, without an account."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from api.database.fields import CuidField
from evaluations.models import Evaluation
from teams.models import TenantQuerySet

#: Characters of a guest's name.
GUEST_NAME_LIMIT = 120


class GuestQuerySet(TenantQuerySet["Guest"]):
    """Reads of guests."""

    team_path = "evaluation__team_id"


class Guest(models.Model):
    """Somebody who rates one study through its share link. The id is the API's `publicRaterId`.

    Name and address are the guest's input and unverified, so an address identifies nobody: two
    guests of a study may give the same one.
    """

    id = CuidField(primary_key=True)
    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="guests")
    name = models.CharField(max_length=GUEST_NAME_LIMIT, blank=True)
    email = models.EmailField(
        "unverified e-mail", blank=True, help_text="As typed; nobody checked it."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    #: The address is unverified: nothing is ever sent to it.
    email_verified: ClassVar[bool] = False

    objects = GuestQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.name or "A guest"
