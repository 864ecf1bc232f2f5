"""The page behind a share link: the gate, and then the same sheets that members rate on."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from api.http.client_address import client_address
from api.security.rate_limits import network_of
from evaluations.models import Evaluation
from ratings.guests import gate, passwords, services
from ratings.guests.gate import Asked
from ratings.guests.passes import PASS_SECONDS, Pass, fingerprint
from ratings.pages.guest_forms import GuestForm
from ratings.pages.rating_page import RatingPage
from ratings.raters import Rater
from ratings.reviews.closed import LINK_CHANGED, Shut, closed
from teams.accounts.attempts import in_words
from teams.auth.authentication import session_principal
from teams.auth.principals import Principal

#: The cookie of a guest. Its path is the link, so that each study has one of its own.
COOKIE = "guest"


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class SharePage(RatingPage):
    """A study, to be rated by who has its link."""

    by_link = True
    principal: Principal | None
    shown: Pass

    @property
    def here(self) -> str:
        """The path of the link."""
        return reverse("share", args=[self.study.share_token])

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | None:
        """Let in whom the link lets in. A link that leads nowhere looks like one that never was."""
        self.principal = session_principal(request)
        self.study = _study_behind(kwargs["token"])
        if self.principal is not None and _sees(self.principal, self.study):
            return redirect("study-review", id=self.study.pk)
        if not gate.is_allowed(self.study):
            raise Http404
        if gate.needs_account(self.study) and self.principal is None:
            return redirect_to_login(self.here, settings.LOGIN_URL)
        self.shown = Pass.opened(request.COOKIES.get(COOKIE, ""), self.study)
        if request.method == "POST" and request.POST.get("go") == "leave":
            return self.leave()
        if closed(self.study, by_link=True):
            return None  # the page says why
        return self._gate(request)

    def leave(self) -> HttpResponse:
        """Forget the guest in this browser: the next visitor is somebody else."""
        response = redirect(self.here)
        response.delete_cookie(COOKIE, path=self.here, samesite="Lax")
        return response

    # --- the gate --------------------------------------------------------------------------------

    def _gate(self, request: HttpRequest) -> HttpResponseBase | None:
        """Ask what the study wants to know; None when nothing is left to ask."""
        rater = self._rater()
        asked = gate.asked(self.study, self.shown, is_known=rater is not None)
        if rater is not None and not asked.anything:
            self.rater = rater
            return None
        if request.method != "POST":
            return self._show_gate(request, GuestForm(asked))
        if rater is not None and "comparison" in request.POST:  # the rules changed meanwhile
            self.rater = rater
            self.keep(request)
            return self._show_gate(request, GuestForm(asked), HTTPStatus.FORBIDDEN)
        form = GuestForm(asked, request.POST)
        if not form.is_valid():
            return self._show_gate(request, form, HTTPStatus.BAD_REQUEST)
        return self._admit(request, asked, form)

    def _admit(self, request: HttpRequest, asked: Asked, form: GuestForm) -> HttpResponse:
        """Check the password, make the guest, and give the browser its pass."""
        network = network_of(client_address(request))
        try:
            right = not asked.password or passwords.is_right(
                self.study, form.cleaned_data["password"], network=network
            )
        except passwords.TryLater as later:
            return self._later(request, form, later.seconds)
        if not right:
            form.add_error("password", "That is not the password.")
            return self._show_gate(request, form, HTTPStatus.BAD_REQUEST)
        guest_id = self.shown.guest
        if asked.identity:
            if wait := services.seconds_to_wait(self.study, network=network):
                return self._later(request, form, wait)
            said = {name: form.cleaned_data.get(name, "") for name in ("name", "email")}
            guest_id = services.welcome(self.study, **said).pk
        return self._give_pass(Pass(guest_id, fingerprint(self.study)))

    def _give_pass(self, new: Pass) -> HttpResponse:
        response = redirect(self.here)
        response.set_cookie(
            COOKIE,
            new.sealed(self.study),
            max_age=PASS_SECONDS,
            path=self.here,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    def _later(self, request: HttpRequest, form: GuestForm, seconds: int) -> HttpResponse:
        form.add_error(None, f"Too many tries. Try again in {in_words(seconds)}.")
        response = self._show_gate(request, form, HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(seconds)
        return response

    def _show_gate(
        self, request: HttpRequest, form: GuestForm, status: int = HTTPStatus.OK
    ) -> HttpResponse:
        return self.show(request, "rating/gate.html", status, form=form, principal=self.principal)

    def _rater(self) -> Rater | None:
        """The signed-in person, or the guest of this browser."""
        if self.principal is not None:
            return Rater.person(self.principal.user)
        guest = services.find(self.study, self.shown.guest)
        return Rater(guest=guest) if guest else None

    # --- changes ---------------------------------------------------------------------------------

    def lock(self) -> Evaluation:
        """The study, locked, if its link still lets the rater in.

        All rules of the link are columns of the row: none changes before the commit.
        """
        study = Evaluation.objects.bare().locked().filter(pk=self.study.pk).first()
        if study is None or not self._still_lets_in(study):
            raise Shut(LINK_CHANGED)
        return study

    def confirm(self) -> None:
        """Refuse the change of a person whose session has ended meanwhile."""
        if self.principal is not None:
            self.principal.afresh()

    def _still_lets_in(self, study: Evaluation) -> bool:
        if study.share_token != self.study.share_token or not gate.is_allowed(study):
            return False
        if closed(study, by_link=True) or gate.asked(study, self.shown, is_known=True).password:
            return False
        if gate.needs_account(study):
            return self.principal is not None
        guest = self.rater.guest
        return guest is None or services.find(study, guest.pk, lock=True) is not None


def _study_behind(token: str) -> Evaluation:
    """The study of a link.

    Raises:
        Http404: when there is none.
    """
    storable = token.isascii() and token.isprintable()
    found = Evaluation.objects.select_related("team").defer("agreement_cache")
    study = found.filter(share_token=token).first() if storable else None
    if study is None:
        raise Http404
    return study


def _sees(principal: Principal, study: Evaluation) -> bool:
    """Whether a signed-in person rates the study without the link."""
    return Evaluation.objects.visible_to(principal).filter(pk=study.pk).exists()
