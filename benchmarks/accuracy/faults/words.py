"""Faults of words, links and promises."""

from benchmarks.accuracy.faults.planting import Change, Fault, part, setting
from benchmarks.accuracy.page import Draft

_EASY = (
    "We sail when it is warm and we sail when it is cold. You buy a card on board and show it to "
    "the crew. The crew helps you with bags. "
)
_HARD = (
    "<p>Reservation modifications necessitate administrative authorisation; notwithstanding "
    "preceding stipulations, reimbursement eligibility requires documentation substantiating "
    "extraordinary circumstances. Operational considerations occasionally necessitate vessel "
    "substitution, cancellation or modification without preliminary notification.</p>" * 2
)
_HARDER = _HARD * 3
_LONG = (
    "<p>When you come to the pier in the morning and see that the boat is not there yet, then you "
    "can sit down on one of the seats by the wall and wait for it, and while you wait you can look "
    "at the sea and at the birds and at the old fort on the hill across the bay.</p>"
)


def _all_but(words: str) -> Change:
    """A page with next to nothing to read."""

    def change(draft: Draft) -> None:
        draft.text = f"<p>{words}</p>"
        draft.footer = (
            '<a href="mailto:crew@ferries.example">Mail</a> '
            '<a href="#privacy" id="privacy">Privacy</a>'
        )

    return change


FAULTS: tuple[Fault, ...] = (
    Fault(
        "vague-links",
        (
            part('<p><a href="#content">Click here</a></p>'),
            part('<p><a href="#content">Read more</a></p>'),
            part('<p><a href="#content">Here</a></p>'),
        ),
        (
            part('<p><a href="#content">Fares for dogs</a></p>'),
            part('<p><a href="#content" aria-label="More about fares">More</a></p>'),
            part('<p><a href="#content">Here you find us</a></p>'),
        ),
    ),
    Fault(
        "hard-to-read",
        (part(_HARD), part(_HARDER)),
        (part("<p>You can bring a dog on any boat. It pays nothing.</p>"), part("<p>Hello.</p>")),
    ),
    Fault(
        "long-sentences",
        (part(_LONG * 2), part(_LONG * 3)),
        (part("<p>We go by day. We go by night. We go when you like.</p>"), part("<p>Hello.</p>")),
    ),
    Fault(
        "long-paragraphs",
        (part(f"<p>{_EASY * 9}</p>"), part(f"<p>{_EASY * 12}</p>" * 2)),
        (part(f"<p>{_EASY}</p>" * 9), part(f"<p>{_EASY * 2}</p>")),
    ),
    Fault(
        "words",
        (_all_but("Soon."), _all_but("")),
        (part("<p>Soon.</p>"), part(f"<p>{_EASY}</p>")),
    ),
    Fault(
        "no-description",
        (setting(head=""), setting(head='<meta name="description" content="">')),
        (setting(head='<meta name="Description" content="Boats">'), part("<p>Described.</p>")),
    ),
)
"""In the order of the catalogue."""
