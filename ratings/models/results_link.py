"""The model of links to the results of a study."""

from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import models
from django.utils import timezone

from api.database.fields import CuidField
from evaluations.models import Evaluation


def _signer() -> Signer:
    """Made when it is used: without a SECRET_KEY the checks could not say what is missing."""
    return Signer(salt="ratings.results_links")


class ResultsLinkQuerySet(models.QuerySet["ResultsLink"]):
    """Reads of links."""

    def live(self) -> Self:
        """Those that have neither ended nor been withdrawn."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class ResultsLink(models.Model):
    """A link by which others read the results of one study, until it ends or is withdrawn.

    The address holds the id and a signature of it, so that no id can be guessed or altered.
    """

    #: For how many days a link can be good.
    DAYS: ClassVar = (7, 30, 90)

    id = CuidField(primary_key=True)
    evaluation = models.ForeignKey(
        Evaluation, models.CASCADE, related_name="results_links", db_index=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ResultsLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "link to results"
        verbose_name_plural = "links to results"
        indexes: ClassVar = [
            models.Index(fields=["evaluation", "-created_at"], name="results_link_list"),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation_id}, until {self.expires_at:%Y-%m-%d}"

    @staticmethod
    def end_after(days: int) -> timedelta:
        """The time for which a link is good; the shortest one for a number that is not offered."""
        return timedelta(days=days if days in ResultsLink.DAYS else min(ResultsLink.DAYS))

    @property
    def is_live(self) -> bool:
        """Whether it leads anywhere."""
        return self.revoked_at is None and self.expires_at > timezone.now()

    @property
    def token(self) -> str:
        """The secret part of its address."""
        return _signer().sign(self.pk)

    @staticmethod
    def id_in(token: str) -> str | None:
        """The id of the link that a token was made for; None if it is no token."""
        try:
            return _signer().unsign(token)
        except BadSignature:
            return None
