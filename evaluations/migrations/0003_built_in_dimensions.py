"""Bring in the dimensions that come with the server."""

from typing import Any

from django.db import migrations

from api.clock import iso

#: id, name, description, question side by side, question for one design, what to look at
DIMENSIONS = [
    (
        "overall",
        "Overall",
        "The impression as a whole, all things considered.",
        "Which of the two is better, all in all?",
        "How good is this, all in all?",
        [
            ("purpose", "Purpose", "What it is for is plain at once."),
            ("ease", "Ease", "What a visitor came for can be done without effort."),
            ("finish", "Finish", "It looks cared for."),
        ],
    ),
    (
        "usability",
        "Usability",
        "How easily people reach their goal, and recover when something goes wrong.",
        "Which of the two is easier to use?",
        "How easy is this to use?",
        [
            ("findable", "Findable", "The next step is where one looks for it."),
            ("forgiving", "Forgiving", "Mistakes are prevented, or easy to undo."),
            ("labelled", "Labelled", "Fields and buttons say what they do."),
        ],
    ),
    (
        "visual-design",
        "Visual design",
        "Layout, type, colour and spacing.",
        "Which of the two looks better?",
        "How good does this look?",
        [
            ("hierarchy", "Hierarchy", "What matters most stands out most."),
            ("legibility", "Legibility", "Text is large and strong enough to read."),
            ("restraint", "Restraint", "Few colours and typefaces, used on purpose."),
        ],
    ),
    (
        "accessibility",
        "Accessibility",
        "Whether people with impairments, or unusual devices, can use it.",
        "Which of the two is more accessible?",
        "How accessible is this?",
        [
            ("perceivable", "Perceivable", "Contrast, text alternatives, text size."),
            ("operable", "Operable", "Keyboard, focus order, size of targets."),
            ("understandable", "Understandable", "Language, headings, labels."),
        ],
    ),
    (
        "content",
        "Content",
        "What is said, and how well it reads.",
        "Which of the two has the better content?",
        "How good is the content?",
        [
            ("plain", "Plain", "Short sentences and everyday words."),
            ("structured", "Structured", "Headings tell the story by themselves."),
            ("sufficient", "Sufficient", "Nothing one needs to know is missing."),
        ],
    ),
    (
        "helpfulness",
        "Helpfulness",
        "Whether it brings the visitor further with what they came for.",
        "Which of the two is more helpful?",
        "How helpful is this?",
        [
            ("relevant", "Relevant", "It answers the question at hand."),
            ("actionable", "Actionable", "It says what to do next."),
        ],
    ),
    (
        "accuracy",
        "Accuracy",
        "Whether what is said is right and up to date.",
        "Which of the two is more accurate?",
        "How accurate is this?",
        [
            ("consistent", "Consistent", "It does not contradict itself."),
            ("working", "Working", "What it refers to is there."),
        ],
    ),
    (
        "safety",
        "Safety",
        "Whether people are kept from harm, pressure and surprises.",
        "Which of the two is safer for its visitors?",
        "How safe is this for its visitors?",
        [
            ("honest", "Honest", "No pressure and no tricks."),
            ("private", "Private", "It says what happens with personal data."),
        ],
    ),
    (
        "design-system",
        "Design system",
        "Whether it is made of few parts, used the same way everywhere.",
        "Which of the two is more consistent?",
        "How consistent is this?",
        [
            ("tokens", "Tokens", "A small set of colours, sizes and typefaces."),
            ("components", "Components", "Like things look alike."),
        ],
    ),
    (
        "trust",
        "Trust",
        "Whether a stranger would leave money or data here.",
        "Which of the two would you rather trust?",
        "How far would you trust this?",
        [
            ("identity", "Identity", "Who is behind it, and how to reach them."),
            ("terms", "Terms", "Policies are there to be read."),
            ("calm", "Calm", "Nobody is hurried into anything."),
        ],
    ),
    (
        "clarity",
        "Clarity",
        "Whether it is plain at once what this is and what to do.",
        "Which of the two is clearer?",
        "How clear is this?",
        [
            ("first-sight", "First sight", "Title and first heading say what this is."),
            ("wording", "Wording", "Links and buttons say where they lead."),
        ],
    ),
]

SSE_LABELS = ["Very poor", "Poor", "Fair", "Good", "Very good"]
SXS_LABELS = [
    "A is much better",
    "A is better",
    "A is slightly better",
    "About the same",
    "B is slightly better",
    "B is better",
    "B is much better",
]


def content(sxs_question: str, sse_question: str, factors: list[tuple[str, str, str]]) -> Any:
    """What the API answers of a dimension beside its columns."""
    rows = [{"id": key, "label": label, "description": text} for key, label, text in factors]
    return {
        "scaleQuestion": sxs_question,
        "sseQuestion": sse_question,
        "factors": rows,
        "sseCriteria": rows,
        "sseScaleLabels": SSE_LABELS,
        "sxsScaleLabels": SXS_LABELS,
        "contexts": ["ui-ux"],
        "scoringMode": "holistic",
        "sxsScoringMode": "holistic",
    }


def snapshot(template: Any, body: dict[str, Any]) -> dict[str, Any]:
    """What the API answers of a built-in dimension."""
    return {
        "id": template.pk,
        "isSystem": True,
        "version": 1,
        "createdAt": iso(template.created_at),
        "updatedAt": iso(template.updated_at),
        "teamId": None,
        "source": "built-in",
        "name": template.name,
        "description": template.description,
        "status": "active",
        "type": "TEXT_SXS",
        "icon": "star",
        "sourceBuiltInId": None,
        "scaleType": "SEVEN_POINT",
        "scaleMin": 1,
        "scaleMax": 7,
        **body,
    }


def seed(apps: Any, schema_editor: Any) -> None:
    """Write the dimensions and their first versions; those that are there stay as they are."""
    Template = apps.get_model("evaluations", "Template")
    TemplateVersion = apps.get_model("evaluations", "TemplateVersion")
    for key, name, description, sxs_question, sse_question, factors in DIMENSIONS:
        body = content(sxs_question, sse_question, factors)
        template, made = Template.objects.get_or_create(
            pk=key, defaults={"name": name, "description": description, "content": body}
        )
        if made:
            TemplateVersion.objects.create(
                template=template,
                dimension_id=key,
                version=1,
                change_type="created",
                snapshot=snapshot(template, body),
            )


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0002_study")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
