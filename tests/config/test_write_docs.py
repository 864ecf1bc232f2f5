"""`make docs`: what is made from code in the docs is written anew."""

from django.core.management import call_command


class TestWriteDocs:
    def test_it_writes_every_page_and_says_so(self, tmp_path, settings, capsys):
        docs = tmp_path / "docs"
        (docs / "api").mkdir(parents=True)
        for name in ("api/events.md", "api/webhooks.md"):
            (docs / name).write_text("<!-- made: event types -->\nold\n<!-- end -->\n")
        (docs / "api" / "autousers.md").write_text("<!-- made: personas -->\nold\n<!-- end -->\n")
        (docs / "api" / "drafts.md").write_text(
            "<!-- made: autousers -->\nold\n<!-- end -->\n"
            "<!-- made: dimensions -->\nold\n<!-- end -->\n"
        )
        settings.BASE_DIR = tmp_path
        call_command("write_docs")

        written = ["api/events.md", "api/webhooks.md", "api/autousers.md", "api/drafts.md"]
        assert capsys.readouterr().out == "".join(f"wrote docs/{name}\n" for name in written)
        assert "### rating.created" in (docs / "api" / "events.md").read_text()
        assert "| `novice` |" in (docs / "api" / "autousers.md").read_text()
        assert "old" not in (docs / "api" / "drafts.md").read_text().split()
