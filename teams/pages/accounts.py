"""The pages on which people sign up, in and out, and choose a password.

None of them reveals whether an address has an account. Replies and work are the same in both cases:
a worker finds or makes the account, and sends the mail.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.decorators import method_decorator
from django.utils.http import urlencode, urlsafe_base64_decode
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from api.pages import safe_next
from teams.accounts import attempts, confirmation
from teams.accounts.attempts import in_words
from teams.auth.authentication import session_principal
from teams.models import MailKind, User
from teams.pages.forms import ChoosePasswordForm, EmailForm, PasswordForm, SignInForm, SignUpForm
from teams.people import invitations
from teams.people.notices import queue_link

BACKEND = "django.contrib.auth.backends.ModelBackend"

#: The session's key for the link that was followed, while its password is chosen.
LINK = "password_link"


#: The redirect after signing in, without another one in the request.
HOME = "home"


def home_of(user: User, default: str = HOME) -> str:
    """The first page after signing in: the invitations, if there are any."""
    return "settings-invitations" if invitations.pending_of(user).exists() else default


def too_many(
    request: HttpRequest, template: str, context: dict[str, Any], wait: int
) -> HttpResponse:
    """The page again, saying how long to wait."""
    return refused(render(request, template, {**context, "wait": in_words(wait)}), wait)


def refused(response: HttpResponse, wait: int) -> HttpResponse:
    """A page as a refusal with `Retry-After`, if there is a time to wait."""
    if wait:
        response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        response.headers["Retry-After"] = str(wait)
    return response


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class AccountPage(View):
    """The base of the pages. They are not cached, and their input is kept out of error reports."""

    template = ""
    home = HOME

    def next(self, request: HttpRequest) -> str:
        """The redirect after success."""
        return safe_next(request, self.home)

    def show(self, request: HttpRequest, **context: Any) -> HttpResponse:
        """The page; 400 with a form that was not filled in well."""
        form = context.get("form")
        status = HTTPStatus.BAD_REQUEST if form is not None and form.errors else HTTPStatus.OK
        return render(request, self.template, {**self.context(request), **context}, status=status)

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """The template context of every page."""
        return {"sign_up_open": settings.SIGN_UP == "open", "next": self.next(request)}


class SignInView(AccountPage):
    """Signing in."""

    template = "account/sign_in.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form; a person who is signed in is sent on."""
        if self.is_let_in(request):
            return redirect(self.next(request))
        return self.show(request, form=SignInForm(request))

    def is_let_in(self, request: HttpRequest) -> bool:
        """Whether the visitor may already see the page that this one leads to."""
        return session_principal(request) is not None

    def post(self, request: HttpRequest) -> HttpResponse:
        """Begin a session under a new id, or show that the input was wrong."""
        username = request.POST.get("username", "")
        if wait := attempts.seconds_to_wait(request, username):
            form = SignInForm(request, initial={"username": username[:254]})
            context = {**self.context(request), "form": form}
            return too_many(request, self.template, context, wait)
        form = SignInForm(request, request.POST)
        if not form.is_valid():
            return self.show(request, form=form)
        login(request, form.get_user())
        return redirect(self.next(request))


class OperatorSignInView(SignInView):
    """Signing in to the admin, on the same page."""

    home = "admin:index"

    def is_let_in(self, request: HttpRequest) -> bool:
        """Whether the visitor is an operator already."""
        return request.user.is_active and request.user.is_staff

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """Tell signed-in people without rights that they may not use the admin."""
        person = request.user if request.user.is_authenticated else None
        return {**super().context(request), "no_operator": person, "sign_up_open": False}


class SignOutView(AccountPage):
    """Signing out."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """End the session; a page that needs another account names itself as `next`."""
        wanted = safe_next(request, "home")
        logout(request)
        if "next" not in request.POST:
            return redirect("sign-in")
        return redirect(f"{resolve_url('sign-in')}?{urlencode({'next': wanted})}")


class ConfirmPasswordView(LoginRequiredMixin, AccountPage):
    """Confirming the password, for actions that need it."""

    template = "account/confirm_password.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        return self.show(request, form=PasswordForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Record the confirmation, or show that the password was wrong."""
        form = PasswordForm(request.POST)
        if form.is_valid():
            person = User.objects.get(pk=request.user.pk)
            refusal = confirmation.confirm(request, person, form.cleaned_data["password"])
            if refusal is None:
                return self.show(request, confirmed=True, minutes=confirmation.MINUTES)
            if refusal.wait:
                context = {**self.context(request), "form": PasswordForm()}
                return too_many(request, self.template, context, refusal.wait)
            form.add_error("password", refusal.message)
        return self.show(request, form=form)


class MailPage(AccountPage):
    """Base of the pages that send a link."""

    form_class: type[EmailForm] = EmailForm

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        return self.show(request, form=self.form_class())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send the link, if there is an account; the answer is the same."""
        form = self.form_class(request.POST)
        if wait := attempts.seconds_to_wait_for_mail(request, self.template):
            return too_many(request, self.template, {**self.context(request), "form": form}, wait)
        if not form.is_valid():
            return self.show(request, form=form)
        email = form.cleaned_data["email"]
        if attempts.may_be_mailed(email):
            self.mail(form.cleaned_data)
        return self.show(request, sent_to=email, in_the_log=_mail_goes_to_the_log())

    def mail(self, values: dict[str, Any]) -> None:
        """Queue the mail."""
        raise NotImplementedError


class SignUpView(MailPage):
    """Asking for an account. The link that is mailed proves the address."""

    template = "account/sign_up.html"
    form_class = SignUpForm

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """If sign-up is closed, say how to get an account."""
        if settings.SIGN_UP != "open":
            return render(request, "account/sign_up_closed.html", status=HTTPStatus.FORBIDDEN)
        if session_principal(request) is not None:
            return redirect(HOME)
        return super().dispatch(request, *args, **kwargs)

    def mail(self, values: dict[str, Any]) -> None:
        """The account is made when the mail is sent; an existing one is told so by mail."""
        queue_link(values["email"], MailKind.SIGN_UP, name=values["name"])


class ForgotPasswordView(MailPage):
    """Asking for a new password."""

    template = "account/forgot_password.html"

    def mail(self, values: dict[str, Any]) -> None:
        """Mail the account of this address, also before its first password."""
        queue_link(values["email"], MailKind.PASSWORD)


class ChoosePasswordView(AccountPage):
    """Choosing a password with the link from a mail.

    The link's secret moves into the session at once, so that it stays neither
    in the address bar nor in a Referer header.
    """

    template = "account/choose_password.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form, when the link is good."""
        if "token" in request.GET:
            request.session[LINK] = [request.GET.get("user", ""), request.GET["token"]]
            return redirect("choose-password")
        user = _whose_link(request)
        form = ChoosePasswordForm(user) if user else None
        if form is not None:
            form.focus_first()
        return self.show(request, form=form, account=user)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Store the password and sign in. This ends all other sessions, and the link."""
        user = _whose_link(request)
        if user is None:
            return self.show(request, form=None)
        form = ChoosePasswordForm(user, request.POST)
        if not form.is_valid():
            return self.show(request, form=form, account=user)
        login(request, form.save(), backend=BACKEND)
        request.session.pop(LINK, None)
        return redirect(home_of(user))


def _whose_link(request: HttpRequest) -> User | None:
    """The person whose valid link was followed."""
    uid, token = request.session.get(LINK) or ("", "")
    try:
        pk = urlsafe_base64_decode(uid).decode()
    except ValueError:
        return None
    user = User.objects.filter(pk=pk, is_active=True).first() if "\0" not in pk else None
    return user if user and default_token_generator.check_token(user, token) else None


def _mail_goes_to_the_log() -> bool:
    return bool(settings.EMAIL_BACKEND.endswith(".console.EmailBackend"))
