"""The pass in a guest's browser: a signed text that only one study accepts.

The password of a link is checked once. After that the pass replaces it. It is bound to the stored
hash, so a new password invalidates every pass; and it opens no other study.
"""

from dataclasses import dataclass
from typing import Self

from django.core import signing
from django.utils.crypto import salted_hmac

from evaluations.models import Evaluation

#: Seconds for which a pass is accepted: half a year, longer than studies usually run.
PASS_SECONDS = 180 * 24 * 3600

_SALT = "ratings.guests.pass"


@dataclass(frozen=True)
class Pass:
    """The guest's id, and the fingerprint of the password that was right."""

    guest: str = ""
    password: str = ""

    def sealed(self, evaluation: Evaluation) -> str:
        """The signed text."""
        return signing.dumps([self.guest, self.password], salt=_salt(evaluation))

    @classmethod
    def opened(cls, text: str, evaluation: Evaluation) -> Self:
        """The pass in a text; an empty one when it was forged, is too old or of another study."""
        try:
            guest, password = signing.loads(text, salt=_salt(evaluation), max_age=PASS_SECONDS)
        except signing.BadSignature:
            return cls()
        return cls(guest=guest, password=password)


def fingerprint(evaluation: Evaluation) -> str:
    """A text that changes with the password of the link, and tells nothing about it."""
    return salted_hmac("ratings.guests.password", evaluation.share_password).hexdigest()


def _salt(evaluation: Evaluation) -> str:
    return f"{_SALT}:{evaluation.pk}"
