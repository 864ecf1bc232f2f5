"""The fixed words and the limits of evaluations."""

from django.db import models

from teams.models import Role

NAME_LIMIT = 200
DESCRIPTION_LIMIT = 2000
#: Characters of the message of an access request.
MESSAGE_LIMIT = 500


class EvaluationType(models.TextChoices):
    """One design rated by itself, or two side by side."""

    SSE = "SSE", "SSE"
    SXS = "SxS", "SxS"


class EvaluationStatus(models.TextChoices):
    """The status of an evaluation."""

    DRAFT = "Draft"
    RUNNING = "Running"
    ENDED = "Ended"
    ARCHIVED = "Archived"


#: The field of an evaluation's stimuli, by its type.
STIMULI = {EvaluationType.SSE: "designUrls", EvaluationType.SXS: "comparisonPairs"}

#: The field that must be empty, by the type.
OTHER_STIMULI = {EvaluationType.SSE: "comparisonPairs", EvaluationType.SXS: "designUrls"}

#: Statuses before the end.
OPEN_STATUSES = (EvaluationStatus.DRAFT, EvaluationStatus.RUNNING)

#: The statuses of an autouser's run, which `autouserRunSummary` counts.
RUN_STATUSES = ("pending", "running", "completed", "failed", "cancelled")


class ShareAccess(models.TextChoices):
    """Who may use the share link."""

    TEAM_ONLY = "TEAM_ONLY", "TEAM_ONLY"
    AUTOUSERS_LINK = "AUTOUSERS_LINK", "AUTOUSERS_LINK"
    ANYONE_WITH_LINK = "ANYONE_WITH_LINK", "ANYONE_WITH_LINK"
    PASSWORD_PROTECTED = "PASSWORD_PROTECTED", "PASSWORD_PROTECTED"


class SharePermission(models.TextChoices):
    """What a share allows, from least to most."""

    VIEWER = "VIEWER", "VIEWER"
    EDITOR = "EDITOR", "EDITOR"
    OWNER = "OWNER", "OWNER"

    @property
    def role(self) -> Role:
        """The role in a team that allows the same."""
        return ROLE_OF_PERMISSION[self]


#: The role of each permission. The Owner of a team has no counterpart: there is one.
ROLE_OF_PERMISSION = {
    SharePermission.VIEWER: Role.VIEWER,
    SharePermission.EDITOR: Role.EDITOR,
    SharePermission.OWNER: Role.ADMIN,
}


class AccessRequestStatus(models.TextChoices):
    """The status of an access request."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class BrowserEngine(models.TextChoices):
    """The browser of autousers."""

    CHROME = "CHROME", "CHROME"
    CAMOUFOX = "CAMOUFOX", "CAMOUFOX"


class EvaluationMethod(models.TextChoices):
    """Who rates: people, autousers, or both."""

    MANUAL = "manual", "manual"
    AI = "ai", "ai"
    BOTH = "both", "both"
