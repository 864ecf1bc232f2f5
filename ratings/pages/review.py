"""The page on which members of a team, and people a study is shared with, rate it."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponseBase

from api.exceptions import ApiError
from api.writes import rights
from evaluations.models import Evaluation
from evaluations.pages.study_page import refusal_of_study
from evaluations.studies.access import find_evaluation
from ratings.pages.rating_page import RatingPage
from ratings.raters import Rater
from teams.auth.authentication import session_principal
from teams.auth.principals import Principal


class ReviewPage(LoginRequiredMixin, RatingPage):
    """A study, to be rated by whoever may see it."""

    principal: Principal
    id: str

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | None:
        """Let in who may see the study; strangers sign in first."""
        principal = session_principal(request)
        if principal is None:
            return self.handle_no_permission()
        self.principal, self.id = principal, kwargs["id"]
        try:
            self.study = find_evaluation(principal, self.id, whole=False, wizard=True)
        except ApiError as error:
            return refusal_of_study(request, principal, error, self.id)
        self.rater = Rater.person(principal.user)
        return None

    def lock(self) -> Evaluation:
        """The study, locked, if the person may still see it."""
        return find_evaluation(self.principal, self.id, lock=True, whole=False)

    def confirm(self) -> None:
        """Refuse the change of a person who has lost the right to see the study meanwhile."""
        rights.confirm(self.principal)
