"""The operators' pages of people: accounts, groups, mails to them, and from where they sign in."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse

from api import admin_cells as cells
from api.admin import (
    AdminPasswordChangeForm,
    BaseAdmin,
    ReadOnlyAdmin,
    UserCreationForm,
    display,
)
from api.admin_lists import SinceFilter
from api.email_addresses import normal_address
from teams import services
from teams.models import AccountMail, KnownNetwork, Team, User

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class _NormalAddress:
    """Addresses are kept in one form."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        """The address, in that form."""
        return normal_address(self.cleaned_data["email"])


class UserForm(_NormalAddress, forms.ModelForm):
    """A person, without their password."""


class UserAddForm(_NormalAddress, UserCreationForm):
    """A new person: an address, a name, and a password or none."""

    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class UserAdmin(BaseAdmin, DjangoUserAdmin):
    """People. They are deactivated, not deleted: what they did names them."""

    never_shown = ("password",)
    form = UserForm
    add_form = UserAddForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "name", "is_active", "is_staff", "last_seen", "made")
    list_filter = ("is_active", "is_staff", "is_superuser", SinceFilter)
    search_fields = ("pk", "email__istartswith", "name__icontains")
    search_help_text = "Id, beginning of an address, or name"
    ordering = ("-pk",)
    readonly_fields = ("id", "sign_in", "team_links", "last_login", "created_at")
    filter_horizontal = ()
    autocomplete_fields = ("groups",)
    fieldsets = (
        (None, {"fields": ("id", "email", "name", "is_active", "sign_in", "team_links")}),
        ("Admin", {"fields": POWERS}),
        ("Times", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only a superuser hands out power over the admin."""
        given: tuple[str, ...] = tuple(super().get_readonly_fields(request, obj))
        return given if request.user.is_superuser else (*given, *POWERS)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only a superuser alters a superuser, who could otherwise be taken over."""
        if getattr(obj, "is_superuser", False) and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Deactivate instead."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A new person gets the team that every account has."""
        super().save_model(request, obj, form, change)
        if not change:
            services.create_personal_team(obj)

    @display(description="password")
    def sign_in(self, user: User) -> str:
        """Whether there is a password, and where to set one; nothing of the password itself."""
        url = reverse("admin:auth_user_password_change", args=[user.pk])
        return cells.anchor(url, "Change it" if user.has_usable_password() else "None. Set one")

    @display(description="teams")
    def team_links(self, user: User) -> str:
        """The teams this person owns or is a member of."""
        return cells.links(cells.link(team) for team in Team.objects.of_user(user)[:50])

    @display(description="last sign-in")
    def last_seen(self, user: User) -> str:
        """When they signed in last."""
        return cells.moment(user.last_login)

    @display(description="made")
    def made(self, user: User) -> str:
        """When the account was made."""
        return cells.moment(user.created_at)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(BaseAdmin, DjangoGroupAdmin):
    """Groups of operators, and what each may do."""

    search_fields = ("name__icontains",)
    ordering = ("name",)


@admin.register(AccountMail)
class AccountMailAdmin(ReadOnlyAdmin):
    """Mails to people that wait to be sent. Links in them are made when they are."""

    list_display = ("id", "kind", "user_link", "to", "made")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("pk", "user", "user__email__istartswith", "to__istartswith")
    search_help_text = "Id, id of the person, or address"
    fields = ("id", "kind", "user", "to", "team", "invited_by", "created_at")

    @display(description="person")
    def user_link(self, mail: AccountMail) -> str:
        """Who is mailed."""
        return cells.link(mail.user) if mail.user else cells.EMPTY

    @display(description="made")
    def made(self, mail: AccountMail) -> str:
        """Since when it waits."""
        return cells.moment(mail.created_at)


@admin.register(KnownNetwork)
class KnownNetworkAdmin(ReadOnlyAdmin):
    """From where people signed in lately; guesses from elsewhere do not count there."""

    list_display = ("user_link", "network", "seen")
    list_select_related = ("user",)
    search_fields = ("pk", "user", "user__email__istartswith")
    search_help_text = "Id, id of the person, or address"
    fields = ("id", "user", "network", "seen_at")

    @display(description="person")
    def user_link(self, known: KnownNetwork) -> str:
        """Who signed in."""
        return cells.link(known.user)

    @display(description="last sign-in")
    def seen(self, known: KnownNetwork) -> str:
        """When it was last."""
        return cells.moment(known.seen_at)
