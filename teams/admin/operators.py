"""Rules for operators who change other people.

Operators give away no permission that they lack, and only superusers alter people who hold more
permissions. The permissions of a deactivated person count too: they could be activated again.
"""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.http import HttpRequest

from teams.models import Team, User


class NotForOneself(forms.ModelForm):
    """A form that gives a person a role in a team; nobody but a superuser gives one to themselves.

    `operator` is set by the admin that shows the form.
    """

    operator: ClassVar[User]
    person_field: ClassVar[str] = "user"

    def clean(self) -> dict[str, Any]:
        """Refuse a change that gives the operator a role in a team."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        given = values.get(self.person_field) == self.operator
        if given and self._gives_a_role() and not self.operator.is_superuser:
            self.add_error(
                self.person_field,
                "You cannot give yourself a role in a team. Ask a superuser, or an Admin of the "
                "team to invite you.",
            )
        return values

    def _gives_a_role(self) -> bool:
        return self.has_changed()


class TeamForm(NotForOneself):
    """A team, whose Owner is somebody else than the operator who makes them Owner."""

    person_field = "owner"

    def _gives_a_role(self) -> bool:
        return self.person_field in self.changed_data


def operator_of(request: HttpRequest) -> User:
    """The operator who is signed in to the admin."""
    return cast(User, request.user)


def may_move_to(operator: User, team: Team) -> bool:
    """Whether an operator may move another team's rows to this team: not if they are in it."""
    return operator.is_superuser or not Team.objects.of_user(operator).filter(pk=team.pk).exists()


def powers_of(person: User) -> set[int]:
    """The ids of the permissions a person holds, by themselves and through groups."""
    held = Permission.objects.filter(Q(user=person) | Q(group__user=person))
    return set(held.values_list("pk", flat=True))


def may_alter(operator: User, person: User) -> bool:
    """Whether the operator holds every permission that a person holds."""
    if operator.is_superuser:
        return True
    return not person.is_superuser and powers_of(person) <= powers_of(operator)


def may_alter_group(operator: User, group: Group) -> bool:
    """Whether the operator holds every permission that a group holds."""
    if operator.is_superuser:
        return True
    return set(group.permissions.values_list("pk", flat=True)) <= powers_of(operator)
