"""The results of a study for whoever has a link to them, without names and words of people."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from api.http.client_address import client_address
from api.security import security_limits
from api.security.rate_limits import network_of
from evaluations.models import Evaluation
from ratings import results_links
from ratings.guests import gate, passwords
from ratings.guests.passes import PASS_SECONDS, Pass, fingerprint
from ratings.models import ResultsLink
from ratings.pages.results.report import Report
from teams.accounts.attempts import in_words
from teams.auth.authentication import session_principal

#: The cookie of who knows the password. Its path is the link.
COOKIE = "results"

#: Times a minute that one address may open the results of one study.
OPENINGS = 60


class PasswordForm(forms.Form):
    """The password of the study."""

    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=500,
        help_text="It is that of the link for raters.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


@method_decorator([never_cache, sensitive_post_parameters("password")], name="dispatch")
class SharedResultsPage(View):
    """What a link shows. A token that was not made here looks like a page that never was."""

    link: ResultsLink
    study: Evaluation

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let in whom the link lets in, and say to the others why not."""
        if request.method not in ("GET", "HEAD", "POST"):
            return self.http_method_not_allowed(request)
        found = results_links.find(kwargs["token"])
        if found is None:
            raise Http404
        self.link, self.study = found, found.evaluation
        if reason := results_links.ended(found):
            return self._close(request, reason.reason, HTTPStatus.GONE)
        if gate.needs_account(self.study) and session_principal(request) is None:
            return redirect_to_login(request.path, settings.LOGIN_URL)
        response = self._behind_the_gate(request)
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def _behind_the_gate(self, request: HttpRequest) -> HttpResponse:
        if gate.asked(self.study, self._pass(request), is_known=True).password:
            return self._ask(request)
        if request.method == "POST":
            return redirect(request.path)
        network = network_of(client_address(request))
        window = security_limits.hit(f"results-link:{self.study.pk}:{network}", OPENINGS)
        if window.exceeded:
            said = f"This was opened too often. Try again in {in_words(window.retry_after)}."
            return self._close(request, said, HTTPStatus.TOO_MANY_REQUESTS, window.retry_after)
        report = Report.of(
            self.study,
            wanted=request.GET.get("design", ""),
            before=request.GET.get("before", ""),
            for_team=False,
        )
        context = {"study": self.study, "report": report, "link": self.link}
        return render(request, "studies/results/shared.html", context)

    # --- the password ----------------------------------------------------------------------------

    def _pass(self, request: HttpRequest) -> Pass:
        return Pass.opened(request.COOKIES.get(COOKIE, ""), self.study)

    def _ask(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return self._gate(request, PasswordForm())
        form = PasswordForm(request.POST)
        if not form.is_valid():
            return self._gate(request, form, HTTPStatus.BAD_REQUEST)
        network = network_of(client_address(request))
        try:
            right = passwords.is_right(self.study, form.cleaned_data["password"], network=network)
        except passwords.TryLater as later:
            form.add_error(None, f"Too many tries. Try again in {in_words(later.seconds)}.")
            return self._gate(request, form, HTTPStatus.TOO_MANY_REQUESTS, later.seconds)
        if not right:
            form.add_error("password", "That is not the password.")
            return self._gate(request, form, HTTPStatus.BAD_REQUEST)
        return self._remember(request)

    def _remember(self, request: HttpRequest) -> HttpResponse:
        response = redirect(request.path)
        response.set_cookie(
            COOKIE,
            Pass(password=fingerprint(self.study)).sealed(self.study),
            max_age=PASS_SECONDS,
            path=request.path,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    # --- other answers ---------------------------------------------------------------------------

    def _gate(
        self,
        request: HttpRequest,
        form: PasswordForm,
        status: int = HTTPStatus.OK,
        retry_after: int = 0,
    ) -> HttpResponse:
        response = render(request, "studies/results/gate.html", {"form": form}, status=status)
        return _with_wait(response, retry_after)

    def _close(
        self, request: HttpRequest, reason: str, status: int, retry_after: int = 0
    ) -> HttpResponse:
        response = render(request, "studies/results/ended.html", {"reason": reason}, status=status)
        return _with_wait(response, retry_after)


def _with_wait(response: HttpResponse, seconds: int) -> HttpResponse:
    if seconds:
        response.headers["Retry-After"] = str(seconds)
    return response
