"""The operators' pages of files. Their bytes are not shown here."""

from django.contrib import admin

from api.admin.base import ReadOnlyAdmin
from evaluations.models import File, FileUse


@admin.register(File)
class FileAdmin(ReadOnlyAdmin):
    """What was uploaded, and why an upload failed."""

    list_display = ("filename", "team", "content_type", "size", "status", "cause", "created_at")
    list_filter = ("status", "content_type")
    list_select_related = ("team",)
    search_fields = ("pk", "team", "evaluation")
    search_help_text = "Id, or id of the team or evaluation"


@admin.register(FileUse)
class FileUseAdmin(ReadOnlyAdmin):
    """Which study shows which file."""

    list_display = ("file", "evaluation")
    list_select_related = ("file", "evaluation")
    search_fields = ("pk", "file", "evaluation")
    search_help_text = "Id, or id of the file or evaluation"
