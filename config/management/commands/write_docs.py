"""`manage.py write_docs`: bring what is made from code in `docs/` up to date."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from autousers.drafting import documentation as drafts
from autousers.engine.judgement import documentation as autousers
from webhooks import documentation as webhooks


class Command(BaseCommand):
    """Bring what is made from code in `docs/` up to date."""

    help = "Bring what is made from code in docs/ up to date."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        """Write them anew, and say which."""
        made = dict.fromkeys(webhooks.PAGES, webhooks.page)
        made |= {autousers.PAGE: autousers.page, drafts.PAGE: drafts.page}
        for name, page in made.items():
            path = settings.BASE_DIR / "docs" / name
            path.write_text(page(path))
            self.stdout.write(f"wrote docs/{name}")
