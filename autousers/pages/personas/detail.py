"""The page of one autouser: who it is, how it looks, its rubrics, where it was used, agreement."""

from typing import Any

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse

from autousers.models import Autouser, AutouserRun, Rubric
from autousers.pages.calibration.rounds import Rounds
from autousers.pages.persona_page import PersonaPage
from autousers.pages.personas.nature import Nature
from teams.auth.principals import Principal
from teams.pages import once

#: Studies, and versions of the rubric, on this page.
STUDIES_SHOWN = 10
VERSIONS_SHOWN = 5


class PersonaDetailPage(PersonaPage):
    """One autouser."""

    template = "autousers/detail.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The page."""
        autouser = self.autouser(id)
        versions = list(versions_of(autouser)[: VERSIONS_SHOWN + 1])
        active = Rubric.objects.filter(pk=autouser.active_rubric_id).first()
        studies = studies_of(autouser, self.principal)
        return self.show(
            request,
            autouser=autouser,
            told=autouser.capabilities or {},
            nature=Nature.of(autouser, active),
            active=active,
            versions=versions[:VERSIONS_SHOWN],
            more_versions=len(versions) > VERSIONS_SHOWN,
            rounds=Rounds.of(autouser),
            studies=studies[:STUDIES_SHOWN],
            number=once.fresh(),
        )


def versions_of(autouser: Autouser) -> Any:
    """The rubrics of an autouser without their text, newest first."""
    rubrics = Rubric.objects.filter(autouser=autouser).defer("criteria_text")
    return rubrics.select_related("created_by").order_by("-version")


def studies_of(autouser: Autouser, principal: Principal) -> Any:
    """The studies of the person's teams that had runs of an autouser, last used first."""
    runs = AutouserRun.objects.visible_to(principal).filter(autouser=autouser)
    named = runs.values("evaluation", "evaluation__name", "evaluation__status")
    return named.annotate(runs=Count("pk"), last=Max("created_at")).order_by("-last", "evaluation")
