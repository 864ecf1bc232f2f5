"""Who rates: a signed-in person, or a guest."""

from dataclasses import dataclass
from typing import Self

from ratings.models import Guest
from teams.models import User


@dataclass(frozen=True)
class Rater:
    """A person who rates. Exactly one of the two is set."""

    user: User | None = None
    guest: Guest | None = None

    @classmethod
    def person(cls, user: User) -> Self:
        """A signed-in person."""
        return cls(user=user)

    @property
    def key(self) -> str:
        """The rater's name in ratings and drafts, the same on every comparison of a study."""
        return f"user:{self.user.pk}" if self.user else f"guest:{self.guest.pk}"  # type: ignore[union-attr]

    @property
    def name(self) -> str:
        """The name that the rater's own pages show."""
        if self.user is not None:
            return self.user.name or self.user.email
        return str(self.guest)
