"""Asking for access to a study, from the page about missing access."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.exceptions import ApiError, InvalidRequest
from evaluations.models.choices import MESSAGE_LIMIT
from evaluations.pages.study_page import StudyPage
from evaluations.sharing import access_requests


class RequestAccessView(StudyPage):
    """Asking, and taking the request back."""

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Ask once; asking again while a request waits changes nothing."""
        evaluation = access_requests.find_to_ask_for(self.principal, id)
        person = self.principal.user
        if request.POST.get("do") == "withdraw":
            pending = access_requests.pending_for(evaluation).filter(requester=person).first()
            if pending is not None:
                access_requests.withdraw(pending)
            return redirect("study", id=evaluation.pk)
        message = request.POST.get("message", "").replace("\r\n", "\n").strip()
        if len(message) > MESSAGE_LIMIT or "\0" in message:
            raise InvalidRequest(f"A message has at most {MESSAGE_LIMIT} characters.")
        with transaction.atomic():
            access_requests.request_access(evaluation=evaluation, requester=person, message=message)
        return redirect("study", id=evaluation.pk)

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """Back to the page of the study with the error; access may have been granted meanwhile."""
        if isinstance(error, access_requests.AlreadyHasAccess):
            return redirect("study", id=self.kwargs["id"])
        if error.status not in (InvalidRequest.status, access_requests.TooManyRequests.status):
            return super().refuse(request, error)
        messages.error(request, error.message)
        return redirect("study", id=self.kwargs["id"])
