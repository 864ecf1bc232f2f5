"""The operators' pages of teams, their members and their quotas."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from api.admin import cells
from api.admin.base import (
    BaseAdmin,
    ReadOnlyAdmin,
    RowInline,
    display,
)
from api.admin.lists import NewestRelatedFilter, SinceFilter
from teams.admin.operators import NotForOneself, TeamForm
from teams.models import Membership, QuotaCounter, Team, User
from teams.people import invitations, members

PLAIN = (
    "id",
    "name",
    "description",
    "slug",
    "plan",
    "owner",
    "is_personal",
    "related",
    "created_at",
)
LIMITS = ("rpm_limit", "autouser_ratings_limit", "human_ratings_limit", "evaluations_limit")


class MembershipFormSet(forms.BaseInlineFormSet):
    """The members of a team. A removed member's keys of the team are revoked."""

    def delete_existing(self, obj: Membership, commit: bool = True) -> None:
        """Remove a member as the API does."""
        if commit:
            members.remove(members.member_of(obj))

    def save_new(self, form: Any, commit: bool = True) -> Any:
        """Add a member; this ends their invitation, if there is one."""
        membership = super().save_new(form, commit)
        invitations.withdraw(membership.team, membership.user.email)
        return membership


class MembershipInline(RowInline):
    """The people of a team."""

    model = Membership
    form = NotForOneself
    formset = MembershipFormSet
    fields = ("user", "role")
    autocomplete_fields = ("user",)

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        """The rows, whose form knows who fills it in."""
        formset = super().get_formset(request, obj, **options)
        formset.form.operator = request.user
        return formset


@admin.register(Team)
class TeamAdmin(BaseAdmin):
    """Teams. Their Owner and plan can be changed here; they are deleted through the API."""

    form = TeamForm
    list_display = ("name", "slug", "plan", "owner_link", "made")
    list_filter = ("plan", SinceFilter)
    list_select_related = ("owner",)
    search_fields = ("pk", "slug__startswith", "name__icontains", "owner__email__istartswith")
    search_help_text = "Id, slug, name, or the owner's address"
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    autocomplete_fields = ("owner",)
    readonly_fields = ("id", "is_personal", "related", "created_at")
    fieldsets = (
        (None, {"fields": PLAIN}),
        (
            "Limits of its own",
            {
                "fields": LIMITS,
                "description": "Each replaces a limit of the plan; empty, the plan's applies.",
            },
        ),
    )
    inlines = (MembershipInline,)

    def get_form(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """The form, which knows who fills it in."""
        form = super().get_form(request, *args, **options)
        form.operator = request.user
        return form

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A team takes everything with it, perhaps millions of rows."""
        return False

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        """A new Owner takes the place of the old one, who stays as an Admin."""
        if change and "owner" in form.changed_data:
            owner, obj.owner = obj.owner, User.objects.get(pk=form.initial["owner"])
            members.make_owner(team=obj, user=owner)
        super().save_model(request, obj, form, change)

    @display(description="owner")
    def owner_link(self, team: Team) -> str:
        """Its Owner."""
        return cells.link(team.owner)

    @display(description="made")
    def made(self, team: Team) -> str:
        """When it was made."""
        return cells.moment(team.created_at)

    @display(description="related")
    def related(self, team: Team) -> str:
        """What belongs to it."""
        lists = {
            "evaluations.evaluation": "Evaluations",
            "teams.invitation": "Invitations",
            "teams.apikey": "API keys",
            "teams.quotacounter": "Quotas",
            "webhooks.webhookendpoint": "Endpoints",
            "webhooks.webhookevent": "Events",
        }
        return cells.links(
            cells.link_to_list(label, text, team__id__exact=team.pk)
            for label, text in lists.items()
        )


@admin.register(Membership)
class MembershipAdmin(BaseAdmin):
    """Who is in which team."""

    form = NotForOneself
    list_display = ("id", "user_link", "team_link", "role")
    list_filter = ("role", ("team", NewestRelatedFilter))
    list_select_related = ("user", "team")
    search_fields = ("pk", "team", "user", "user__email__istartswith")
    search_help_text = "Id, id of the team or person, or address"
    autocomplete_fields = ("team", "user")
    readonly_fields = ("id", "created_at")
    fields = ("id", "team", "user", "role", "created_at")

    def get_form(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """The form, which knows who fills it in."""
        form = super().get_form(request, *args, **options)
        form.operator = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Add a member or change their role; this ends their invitation."""
        super().save_model(request, obj, form, change)
        invitations.withdraw(obj.team, obj.user.email)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Remove a member as the API does: their keys of the team are revoked."""
        members.remove(members.member_of(obj))

    @display(description="person")
    def user_link(self, membership: Membership) -> str:
        """The person."""
        return cells.link(membership.user)

    @display(description="team")
    def team_link(self, membership: Membership) -> str:
        """The team."""
        return cells.link(membership.team)


@admin.register(QuotaCounter)
class QuotaCounterAdmin(ReadOnlyAdmin):
    """How much of its monthly quotas each team has used."""

    list_display = ("team_link", "month", "meter", "used", "reserved")
    list_filter = ("meter", ("team", NewestRelatedFilter))
    list_select_related = ("team",)
    search_fields = ("pk", "team")
    search_help_text = "Id, or id of the team"
    fields = ("id", "team", "month", "meter", "used", "reserved")

    @display(description="team")
    def team_link(self, counter: QuotaCounter) -> str:
        """Whose it is."""
        return cells.link(counter.team)
