"""Roles: what a person may do in a team."""

from django.db import models


class Role(models.TextChoices):
    """What a person may do in a team, from least to most."""

    VIEWER = "Viewer"
    EDITOR = "Editor"
    ADMIN = "Admin"
    OWNER = "Owner"

    def includes(self, needed: "Role") -> bool:
        """Whether this role may do all that the needed one may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)
