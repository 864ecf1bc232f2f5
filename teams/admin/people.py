"""The operators' pages of people: accounts, groups, mails and known networks."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern

from api.admin import cells
from api.admin.base import BaseAdmin, ReadOnlyAdmin, display
from api.admin.lists import SinceFilter
from api.email_addresses import normal_address
from teams.admin import operators
from teams.models import AccountMail, KnownNetwork, MailKind, Team, User
from teams.people import services
from teams.people.notices import queue_address_changed, queue_link

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class _NormalAddress:
    """Addresses are kept in one form."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        """The address, in that form."""
        return normal_address(self.cleaned_data["email"])


class UserForm(_NormalAddress, forms.ModelForm):
    """A person, without their password."""


class UserAddForm(_NormalAddress, forms.ModelForm):
    """A new person: an address and a name. They choose a password behind a mailed link."""

    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class UserAdmin(BaseAdmin, DjangoUserAdmin):
    """People. They are deactivated, not deleted: what they did names them.

    Nobody sets a password for somebody else; a link is mailed instead. Only superusers change an
    address, because a new address takes over the account.
    """

    lowers_own_rights = True

    never_shown = ("password",)
    form = UserForm
    add_form = UserAddForm
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
    add_fieldsets = ((None, {"fields": ("email", "name")}),)
    actions = ("mail_password_link",)
    page_actions = ("mail_password_link",)

    def get_urls(self) -> list[URLPattern]:
        """All but Django's page that sets a password."""
        return [url for url in super().get_urls() if url.name != "auth_user_password_change"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only a superuser hands out power over the admin, or changes an address."""
        given: tuple[str, ...] = tuple(super().get_readonly_fields(request, obj))
        if request.user.is_superuser:
            return given
        return (*given, *POWERS, "email") if obj else (*given, *POWERS)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Operators alter nobody who holds more permissions."""
        if isinstance(obj, User) and not operators.may_alter(operators.operator_of(request), obj):
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Deactivate instead."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A new person gets a team and a link. A new address is told to the old one."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change:
            services.create_personal_team(obj)
            queue_link(obj.email, MailKind.SIGN_UP)
        elif "email" in form.changed_data:
            queue_address_changed(obj, before=form.initial["email"])

    @admin.action(description="Mail a link to choose a password", permissions=["change"])
    def mail_password_link(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Let people choose a new password. Only the reader of the mail can use the link."""
        refused = [f"{person} was deactivated." for person in people if not person.is_active]
        active = [person for person in people if person.is_active]
        for person in active:
            with self.change(request) as note:
                queue_link(person.email, MailKind.PASSWORD)
                note(person, "Mailed a link to choose a password.")
        self.report(request, f"Links mailed: {len(active)}.", refused)

    @display(description="password")
    def sign_in(self, user: User) -> str:
        """Whether there is a password, which is never shown."""
        return "Set" if user.has_usable_password() else "None yet"

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
    """Groups of operators. An operator gives a group only permissions that they hold."""

    lowers_own_rights = True

    search_fields = ("name__icontains",)
    ordering = ("name",)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Operators alter no group that holds more permissions."""
        return super().has_change_permission(request, obj) and _may_alter_group(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """The same rule as for a change."""
        return super().has_delete_permission(request, obj) and _may_alter_group(request, obj)

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest | None = None, **options: Any
    ) -> Any:
        """Offer, and accept, the permissions that the operator holds."""
        field = super().formfield_for_manytomany(db_field, request, **options)
        if field and db_field.name == "permissions" and request and not request.user.is_superuser:
            held = operators.powers_of(operators.operator_of(request))
            field.queryset = Permission.objects.filter(pk__in=held).select_related("content_type")
        return field


def _may_alter_group(request: HttpRequest, group: Group | None) -> bool:
    return group is None or operators.may_alter_group(operators.operator_of(request), group)


@admin.register(AccountMail)
class AccountMailAdmin(ReadOnlyAdmin):
    """Mails to people that wait to be sent. Their links are made on sending."""

    list_display = ("id", "kind", "user_link", "to", "made")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("pk", "user", "user__email__istartswith", "to__istartswith")
    search_help_text = "Id, id of the person, or address"
    fields = ("id", "kind", "user", "to", "team", "invitation", "created_at")

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
    """Networks of recent sign-ins; failed attempts from other networks do not count there."""

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
