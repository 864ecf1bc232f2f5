"""Runs as they happen: what a stream tells, when it ends, and how many there may be."""

import json
from datetime import timedelta
from itertools import islice

import pytest
from django.utils import timezone

from autousers.models import AutouserRun
from autousers.rest.runs import slots as slots_module
from autousers.rest.runs import stream as stream_module
from autousers.rest.runs.slots import Slots, TooManyStreams
from autousers.rest.runs.stream import RunStream
from autousers.runs import worker
from evaluations.models import Evaluation
from teams.models import ApiKey, Membership, Role, User
from tests.autousers.running import make_study, queue, work
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fake_engine")]


def frames(chunks: bytes) -> list[tuple[str, dict]]:
    """The events of a stream, heartbeats left out."""
    found = []
    for block in chunks.decode().split("\n\n"):
        if block.startswith("event: "):
            name, data = block.split("\n")
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def path_of(study):
    return f"/api/v1/evaluations/{study['id']}/autouser-stream"


class TestWhatItTells:
    def test_when_all_is_over_it_says_so_at_once(self, api):
        study = make_study(api)
        queue(api, study)
        work()

        response = api.get(path_of(study))

        told = frames(b"".join(response.streaming_content))
        assert response["Content-Type"] == "text/event-stream"
        assert [name for name, _ in told] == ["snapshot", "done"]
        assert told[0][1]["runs"][0]["status"] == "completed"
        assert told[1][1] == {"reason": "complete"}

    def test_it_tells_each_change_and_then_that_it_is_done(self, api):
        study = make_study(api, "score=3", "fail=no")
        queue(api, study)

        told = self.watch(
            study, [lambda: None, worker.work_on_one, lambda: None, worker.work_on_one]
        )

        assert [name for name, _ in told] == ["snapshot", "run_complete", "run_complete", "done"]
        assert {data["status"] for name, data in told if name == "run_complete"} == {
            "completed",
            "failed",
        }

    def test_it_ends_after_ten_minutes(self, api):
        study = make_study(api)
        queue(api, study)
        seconds = iter(range(0, 100_000, 100))

        told = self.watch(study, [], clock=lambda: next(seconds))

        assert told[-1] == ("done", {"reason": "timeout"})

    def test_it_beats_every_fifteen_seconds_and_asks_whether_to_end(self, api):
        study = make_study(api)
        queue(api, study)
        seconds = iter([0, 1, 16, 32])
        reasons = iter([None, "unauthorized"])

        chunks = self.chunks(
            study, [], clock=lambda: next(seconds), reason_to_end=lambda: next(reasons)
        )

        assert chunks.count(b": heartbeat\n\n") == 2
        assert frames(chunks)[-1] == ("done", {"reason": "unauthorized"})

    def test_a_study_that_is_deleted_between_two_heartbeats_is_not_complete(self, api):
        study = make_study(api)
        queue(api, study)

        told = self.watch(study, [Evaluation.objects.get().delete])

        assert [name for name, _ in told] == ["snapshot", "done"]
        assert told[-1][1] == {"reason": "not_found"}

    def watch(self, study, happenings, **options):
        return frames(self.chunks(study, happenings, **options))

    def chunks(self, study, happenings, clock=None, reason_to_end=lambda: None):
        """All that a stream sends, while things happen between its looks."""
        happening = iter(happenings)

        def sleep(_seconds: float) -> None:
            next(happening, lambda: None)()

        one = RunStream(
            Evaluation.objects.get(pk=study["id"]),
            slot=lambda: None,
            reason_to_end=reason_to_end,
            sleep=sleep,
            clock=clock or (lambda: 0.0),
        )
        return b"".join(one)


class TestTheCallersRights:
    """What happens to the caller while the stream is open ends it at the next heartbeat."""

    @pytest.fixture(autouse=True)
    def heartbeat_at_once(self, monkeypatch):
        monkeypatch.setattr(stream_module, "POLL", 0.0)
        monkeypatch.setattr(stream_module, "HEARTBEAT", 0.0)

    @pytest.fixture
    def study(self, api):
        study = make_study(api)
        queue(api, study)
        return study

    def open(self, client, study):
        """A stream that has sent its snapshot and one heartbeat."""
        content = iter(client.get(path_of(study)).streaming_content)
        assert next(content).startswith(b"event: snapshot\n")
        assert next(content) == b": heartbeat\n\n"
        assert next(content) == b": heartbeat\n\n"
        return content

    def ending(self, content):
        """Why it ends. It has sent a heartbeat, and has not looked yet."""
        told = frames(b"".join(islice(content, 5)))
        name, data = told[-1] if told else ("nothing", {})
        assert name == "done"
        return data["reason"]

    @pytest.fixture
    def viewer(self, team):
        return make_member(team, Role.VIEWER)

    @pytest.mark.parametrize(
        "lose",
        [
            lambda client, viewer: client.logout(),
            lambda client, viewer: client.session.flush(),
            lambda client, viewer: User.objects.filter(pk=viewer.pk).update(is_active=False),
            lambda client, viewer: User.objects.filter(pk=viewer.pk).update(password="another"),
        ],
        ids=["signed out", "session ended elsewhere", "deactivated", "new password"],
    )
    def test_a_session(self, session, study, viewer, lose):
        client = session(viewer)
        content = self.open(client, study)

        lose(client, viewer)

        assert self.ending(content) == "unauthorized"

    def test_a_session_whose_person_left_the_team(self, session, study, viewer):
        content = self.open(session(viewer), study)

        Membership.objects.filter(user=viewer).delete()

        assert self.ending(content) == "not_found"

    @pytest.mark.parametrize(
        "lose",
        [
            lambda key: key.revoke(),
            lambda key: ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1)),
            lambda key: ApiKey.objects.filter(pk=key.pk).update(scopes=["webhooks:read"]),
            lambda key: Membership.objects.filter(user=key.user).delete(),
            lambda key: User.objects.filter(pk=key.user_id).update(is_active=False),
            lambda key: ApiKey.objects.filter(pk=key.pk).delete(),
        ],
        ids=["revoked", "expired", "scope taken away", "left", "deactivated", "deleted"],
    )
    def test_a_key(self, team, study, viewer, lose):
        token = make_key(team, viewer, scopes=("evaluations:read",))
        content = self.open(ApiClient(token), study)

        lose(ApiKey.objects.get(digest=ApiKey.digest_of(token)))

        assert self.ending(content) == "unauthorized"

    @pytest.mark.parametrize("what", ["deleted", "moved"])
    def test_a_study(self, api, session, other_team, study, what):
        """Also for a person who sees the study where it is now."""
        contents = [self.open(client, study) for client in (api, session(in_both(other_team)))]

        evaluation = Evaluation.objects.get(pk=study["id"])
        if what == "deleted":
            AutouserRun.objects.all().delete()
            evaluation.delete()
        else:
            Evaluation.objects.filter(pk=evaluation.pk).update(team=other_team)

        assert [self.ending(content) for content in contents] == ["not_found", "not_found"]

    def test_one_that_lost_nothing_goes_on(self, team, study, viewer):
        token = make_key(team, viewer, scopes=("*",))
        content = self.open(ApiClient(token), study)

        key = ApiKey.objects.get(digest=ApiKey.digest_of(token))
        ApiKey.objects.filter(pk=key.pk).update(scopes=["autousers:read"])
        Membership.objects.filter(user=viewer).update(role=Role.ADMIN)

        assert next(content) == b": heartbeat\n\n"
        assert next(content) == b": heartbeat\n\n"

    def test_looking_again_takes_two_queries(self, api, study, django_assert_num_queries):
        content = self.open(api, study)
        with django_assert_num_queries(4):  # rights, the study, changed runs, whether all is over
            next(content)


def in_both(other_team):
    """A person who is in the team of the study and in another one."""
    person = make_member(other_team, Role.ADMIN, "both@example.org")
    team = Evaluation.objects.get().team
    Membership.objects.create(team=team, user=person, role=Role.VIEWER)
    return person


class TestSlots:
    def take(self, slots, team, person):
        return slots.take(team_id=team, person_id=person)

    def test_a_team_has_half_of_them_and_a_person_half_of_that(self, settings):
        settings.WEB_THREADS = 8
        slots = Slots()
        self.take(slots, "a", "ann")
        with pytest.raises(TooManyStreams, match="one person may have 1 at a time"):
            self.take(slots, "a", "ann")
        with pytest.raises(TooManyStreams, match="one person may have 1 at a time"):
            self.take(slots, "b", "ann")
        self.take(slots, "a", "bob")
        with pytest.raises(TooManyStreams, match="one team may have 2 at a time"):
            self.take(slots, "a", "cleo")
        self.take(slots, "b", "cleo")
        self.take(slots, "b", "dan")
        with pytest.raises(TooManyStreams, match="all callers together may have 4") as refused:
            self.take(slots, "c", "eve")
        assert refused.value.headers["Retry-After"] == "5"

    def test_they_grow_with_the_threads(self, settings):
        settings.WEB_THREADS = 40
        assert [limit for _, limit in slots_module._limits()] == [10, 5, 2]

    def test_giving_back_twice_frees_one(self):
        slots = Slots()
        give_back = self.take(slots, "a", "ann")
        self.take(slots, "a", "bob")
        give_back()
        give_back()
        self.take(slots, "a", "ann")
        with pytest.raises(TooManyStreams):
            self.take(slots, "a", "cleo")

    def test_who_holds_none_is_forgotten(self):
        slots = Slots()
        for person in range(100):
            self.take(slots, "a", str(person))()
        assert not slots._taken

    @pytest.mark.django_db(transaction=True)
    def test_one_viewer_leaves_room_for_the_others(self, api, other_api, team, monkeypatch):
        monkeypatch.setattr("autousers.rest.runs.stream_views.slots", Slots())
        study, theirs = make_study(api), make_study(other_api)
        viewer = make_member(team, Role.VIEWER)
        keys = [ApiClient(make_key(team, viewer)) for _ in range(2)]
        open_one = keys[0].get(path_of(study))

        for key in keys:
            refused = key.get(path_of(study))
            error = assert_error(refused, 429, "too_many_streams")
            assert "one person may have 1 at a time" in error["message"]
            assert refused["Retry-After"] == "5"
        others = [api.get(path_of(study)), other_api.get(path_of(theirs))]

        assert [other.status_code for other in others] == [200, 200]
        open_one.close()  # a client that goes away before it read anything
        assert keys[1].get(path_of(study)).status_code == 200
