"""The form of an autouser. It validates nothing: the serializers of the API do."""

from collections.abc import Mapping
from typing import Any

from django import forms

from autousers.models import Autouser
from autousers.personas.services import NAME_LIMIT
from autousers.rest.personas.persona_serializers import (
    BEHAVIOUR_LIMIT,
    DESCRIPTION_LIMIT,
    DETAIL_LIMIT,
    PROMPT_LIMIT,
    ROLE_LIMIT,
    SHORT_TEXT_LIMIT,
)
from evaluations.pages.form.parts import Body, Part, line, number, text

STATUSES = (
    ("published", "Ready: studies can select it"),
    ("draft", "Draft: marked as unfinished"),
)
NETWORKS = (("", "Usual"), ("fast", "Fast"), ("slow", "Slow"), ("3g", "3G"))

#: Fields of `capabilities`, of its profile and its environment, and of `config`.
TEXTS = ("detailedDescription", "persona", "criteria")
PROFILE = ("patience", "techSavviness", "style", "shortcuts", "mistakes")
ENVIRONMENT = ("device", "network", "input")
WINDOW = ("width", "height")
FLAGS = ("keyboardOnly", "screenReader")


#: Fields that cannot have the name that the API gives them: forms have it for something else.
FIELDS = {"errors": "mistakes"}


class PersonaForm(Part):
    """An autouser as it is typed. Its fields are called as in the API."""

    plain = ("name", "description", "role", "systemPrompt", "status")
    name = line("Name", NAME_LIMIT)
    description = text("In a sentence", DESCRIPTION_LIMIT, "What it is for. Lists show it.", rows=2)
    role = line("Role", ROLE_LIMIT, help_text="In a word or two, for example customer.")
    systemPrompt = text(
        "Who it is",
        PROMPT_LIMIT,
        "Address it: “You are tired and in a hurry.” Words such as phone, keyboard or blind decide "
        "how it looks at pages.",
        rows=7,
    )
    status = forms.ChoiceField(label="State", choices=STATUSES, widget=forms.RadioSelect)
    patience = number("Patience, 1 to 10", 1, 10)
    techSavviness = number("Used to technology, 1 to 10", 1, 10)
    style = line("Manner", BEHAVIOUR_LIMIT, help_text="For example: reads every word.")
    shortcuts = line("Shortcuts", BEHAVIOUR_LIMIT)
    mistakes = line("After a mistake", BEHAVIOUR_LIMIT)
    device = line("Device", SHORT_TEXT_LIMIT)
    network = line("Network", SHORT_TEXT_LIMIT)
    input = line("Input", SHORT_TEXT_LIMIT)
    focusAreas = text("Focus areas, one in a line", 10_000, "Facts that they name count 1.5 times.")
    criteria = text("Judges by", PROMPT_LIMIT, "What it minds above all.", rows=2)
    persona = text("More about the person", PROMPT_LIMIT, "Its words count like those above.")
    detailedDescription = text("Background", DETAIL_LIMIT, "Its words count, too.")
    width = number("Window, width in px", 1, 8_000)
    height = number("Height in px", 1, 8_000)
    keyboardOnly = forms.BooleanField(label="Goes by the keyboard")
    screenReader = forms.BooleanField(label="Hears the page with a screen reader")
    networkCondition = forms.ChoiceField(label="Connection", choices=NETWORKS)

    def values(self) -> dict[str, Any]:
        """All that is typed, by field."""
        return {name: self.typed(name) for name in self.fields}

    def changes(self, stored: Body) -> Body:
        """The fields of a body that differ from what is stored."""
        typed = body_of_values(self.values(), stored)
        return {name: value for name, value in typed.items() if stored.get(name) != value}

    def refuse(self, param: str, message: str) -> bool:
        """Show a refusal at the field that its path ends in; False where there is none."""
        for part in (FIELDS.get(part, part) for part in reversed(param.split("."))):
            if part in self.fields:
                self.add_error(part, message)
                return True
        return False


#: A new autouser.
NEW: Body = {"name": "", "description": "", "role": "autouser", "systemPrompt": "",
             "status": "published", "capabilities": {}, "config": {}}  # fmt: skip


def stored_body(autouser: Autouser) -> Body:
    """An autouser as a body of the API."""
    return {
        "name": autouser.name,
        "description": autouser.description or "",
        "role": autouser.role,
        "systemPrompt": autouser.system_prompt,
        "status": autouser.status,
        "capabilities": autouser.capabilities or {},
        "config": autouser.config or {},
    }


def values_of_body(body: Body) -> dict[str, Any]:
    """The fields of the form for a body."""
    told, config = body.get("capabilities") or {}, body.get("config") or {}
    profile, holds = told.get("behaviorProfile") or {}, told.get("environmentInfo") or {}
    window = config.get("viewport") or {}
    return {
        **dict.fromkeys(PROFILE, ""),
        **{name: body.get(name, "") for name in PersonaForm.plain},
        **{name: told.get(name, "") for name in TEXTS},
        **{FIELDS.get(name, name): _shown(value) for name, value in profile.items()},
        **{name: holds.get(name, "") for name in ENVIRONMENT},
        **{name: window.get(name, "") for name in WINDOW},
        **{name: bool(config.get(name)) for name in FLAGS},
        "focusAreas": "\n".join(told.get("focusAreas") or []),
        "networkCondition": config.get("networkCondition", ""),
    }


def body_of_values(values: Mapping[str, Any], stored: Body) -> Body:
    """A body out of typed fields. What the form does not know is kept as it is stored."""
    return {
        **{name: values[name] or "" for name in PersonaForm.plain},
        "capabilities": _capabilities(values, stored.get("capabilities") or {}),
        "config": _config(values, stored.get("config") or {}),
    }


def filled(typed: Mapping[str, Any], draft: Body) -> dict[str, Any]:
    """The fields of a form, those that are empty taken from a draft."""
    drafted = values_of_body({**NEW, **draft})
    untouched = values_of_body(NEW)
    return {
        name: drafted[name] if value in ("", None, False) or value == untouched[name] else value
        for name, value in typed.items()
    }


def _capabilities(values: Mapping[str, Any], kept: Body) -> Body:
    known = {*TEXTS, "focusAreas", "behaviorProfile", "environmentInfo"}
    found: Body = {name: value for name, value in kept.items() if name not in known}
    found |= {name: values[name] for name in TEXTS if values[name]}
    areas = [area.strip() for area in (values["focusAreas"] or "").split("\n")]
    if any(areas):
        found["focusAreas"] = [area for area in areas if area]
    if any(values[name] for name in PROFILE):
        found["behaviorProfile"] = _profile(values)
    if any(values[name] for name in ENVIRONMENT):
        found["environmentInfo"] = {name: values[name] or "" for name in ENVIRONMENT}
    return found


def _profile(values: Mapping[str, Any]) -> Body:
    found: Body = {name: decimal(values[name]) for name in ("patience", "techSavviness")}
    found |= {name: values[name] or "" for name in ("style", "shortcuts")}
    return found | ({"errors": values["mistakes"]} if values["mistakes"] else {})


def _config(values: Mapping[str, Any], kept: Body) -> Body:
    known = {*FLAGS, "viewport", "networkCondition"}
    found: Body = {name: value for name, value in kept.items() if name not in known}
    found |= {name: True for name in FLAGS if values[name]}
    if values["networkCondition"]:
        found["networkCondition"] = values["networkCondition"]
    if any(values[name] not in ("", None) for name in WINDOW):
        found["viewport"] = {name: decimal(values[name]) for name in WINDOW}
    return found


def decimal(typed: Any) -> Any:
    """A typed number; what is none stays as it is, for the serializer to refuse."""
    told = str(typed if typed is not None else "")
    whole, _, rest = told.partition(".")
    if len(told) > 9 or not whole.isdecimal() or (rest and not rest.isdecimal()):
        return told
    return float(told) if rest else int(whole)


def _shown(value: Any) -> Any:
    """A number without needless decimals."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
