"""Mails to people. The rows are the queue: sending a mail deletes its row."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from api.database.fields import CuidField


class MailKind(models.TextChoices):
    """What a mail to a person is about."""

    SIGN_UP = "sign_up", "sign-up"
    INVITATION = "invitation", "invitation"
    PASSWORD = "password", "password reset"
    PASSWORD_CHANGED = "password_changed", "notice of a new password"
    KEY_MADE = "key_made", "notice of a new key"
    ADDRESS_CHANGED = "address_changed", "notice of a new address"


class AccountMail(models.Model):
    """A mail that waits to be sent. Sending it deletes the row.

    A mail with a link names an address, for there may be no account yet. The
    others name a person, and an address only where it is not the person's.
    """

    id = CuidField(primary_key=True)
    kind = models.CharField(max_length=20, choices=MailKind.choices)
    user = models.ForeignKey("teams.User", models.CASCADE, null=True, blank=True, related_name="+")
    to = models.EmailField(blank=True, help_text="Empty: the person's address.")
    details = models.JSONField(default=dict, blank=True, help_text="What the text mentions.")
    team = models.ForeignKey("teams.Team", models.CASCADE, null=True, blank=True, related_name="+")
    invitation = models.ForeignKey(
        "teams.Invitation", models.CASCADE, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "mail to a person"
        verbose_name_plural = "mails to people"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "to"],
                condition=models.Q(kind__in=[MailKind.SIGN_UP, MailKind.PASSWORD]),
                name="account_mail_one_link_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) | ~models.Q(to=""),
                name="account_mail_to_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.to or self.user}"
