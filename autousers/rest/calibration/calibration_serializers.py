"""Request and reply shapes of calibration."""

from collections.abc import Iterable
from typing import Any

from rest_framework.fields import DictField

from api.rest.fields import Array, Choice, Flag, Number, Text, Whole
from api.rest.shapes import Shape
from autousers.calibration.services import MOST_DISAGREEMENTS, UNCALIBRATED
from autousers.models import Autouser, CalibrationRun, CalibrationStatus
from autousers.personas.rubrics import CRITERIA_LIMIT, MESSAGE_LIMIT
from evaluations.models import Evaluation

MOST_SAMPLES = 10_000
WIDEST_SCALE = 2**15
REASONING_LIMIT = 5_000


class Score(Number):
    """A score within the widest possible scale."""

    default_error_messages = {"off": "Is on no scale."}

    def to_internal_value(self, data: Any) -> float:
        """Accept values within the widest possible scale."""
        score = super().to_internal_value(data)
        if abs(score) > WIDEST_SCALE:
            self.fail("off")
        return score


class DisagreementSerializer(Shape):
    """A score on which an autouser and people differ."""

    ratingId = Text()
    dimensionId = Text(required=False)
    autouserScore = Score(required=False)
    humanScore = Score(required=False)
    humanReasoning = Text(allow_blank=True, max_length=REASONING_LIMIT, default="")
    exclude = Flag(required=False)


class CalibratedDimensionSerializer(Shape):
    """How far an autouser and people agree on one dimension."""

    kappa = Number(allow_null=True, required=False)
    krippendorffAlpha = Number(allow_null=True, required=False)
    agreementPercent = Number(allow_null=True, required=False)
    sampleSize = Whole(required=False)
    meanDifference = Number(
        required=False, help_text="Positive where the autouser scores higher than people."
    )
    converged = Flag(required=False)


class CalibratableEvaluationSerializer(Shape):
    """An evaluation that an autouser can be calibrated on."""

    id = Text(source="pk")
    name = Text()


class CalibrationSerializer(Shape):
    """How far an autouser agrees with people, as it was measured last."""

    id = Text(required=False)
    autouserId = Text(required=False)
    evaluationId = Text(allow_null=True, required=False)
    rubricId = Text(allow_null=True, required=False, help_text="What was measured.")
    status = Choice(CalibrationStatus.values)
    kappa = Number(allow_null=True, min_value=-1, max_value=1)
    krippendorffAlpha = Number(allow_null=True, required=False)
    agreement = Number(allow_null=True, min_value=0, max_value=100, required=False)
    sampleSize = Whole(allow_null=True, min_value=0)
    activeRubricId = Text(allow_null=True)
    byDimension = DictField(child=CalibratedDimensionSerializer(), required=False)
    disagreements = DisagreementSerializer(many=True, required=False)
    converged = Flag(required=False)
    message = Text(required=False)
    availableEvals = CalibratableEvaluationSerializer(many=True, required=False)

    @classmethod
    def reply(
        cls,
        autouser: Autouser,
        run: CalibrationRun | None,
        evaluations: Iterable[Evaluation] | None = None,
    ) -> dict[str, Any]:
        """The calibration of an autouser; an id only when there was one."""
        shown = {
            "autouserId": autouser.pk,
            "evaluationId": run.evaluation_id if run else None,
            "rubricId": run.rubric_id if run else None,
            "status": autouser.calibration_status,
            "kappa": run.kappa if run else None,
            "krippendorffAlpha": run.krippendorff_alpha if run else None,
            "agreement": run.agreement if run else None,
            "sampleSize": run.sample_size if run else None,
            "activeRubricId": autouser.active_rubric_id,
            "byDimension": run.by_dimension if run else {},
            "disagreements": run.disagreements if run else [],
            "converged": run.converged if run else False,
            "message": run.message if run else UNCALIBRATED,
        }
        if run is not None:
            shown = {"id": run.pk, **shown}
        if evaluations is not None:
            shown["availableEvals"] = [
                CalibratableEvaluationSerializer.render(one) for one in evaluations
            ]
        return shown


class CalibrationStartSerializer(Shape):
    """The body of `POST …/calibration/start`; it may be left out."""

    evaluationId = Text(source="evaluation_id", required=False)
    rubricId = Text(source="rubric_id", required=False)
    sampleSize = Whole(source="sample_size", min_value=1, max_value=MOST_SAMPLES, required=False)
    rubricOverride = Text(source="rubric_override", max_length=CRITERIA_LIMIT, required=False)
    goldSetId = Text(allow_blank=True, required=False, help_text="Ignored.")


class CalibrationOptimizeSerializer(Shape):
    """The body of `POST …/calibration/optimize`; it may be left out."""

    disagreements = Array(
        child=DisagreementSerializer(),
        min_length=1,
        max_length=MOST_DISAGREEMENTS,
        required=False,
    )
    manualRubricEdit = Text(
        source="manual_rubric_edit", allow_blank=True, max_length=CRITERIA_LIMIT, required=False
    )
    apply = Flag(required=False)


class OptimizeResultSerializer(Shape):
    """A proposal for a better rubric, and whether it was stored."""

    summary = Text()
    rubric_diff = Text(required=False)
    rationale = Array(child=Text())
    bias_assessment = Text(required=False)
    caveats = Array(child=Text(), required=False)
    estimated_improvement = Text(required=False)
    applied = Flag()
    rubricId = Text(source="rubric_id", allow_null=True, required=False)


class CalibrationFreezeSerializer(Shape):
    """The body of `POST …/calibration/freeze`; it may be left out."""

    rubricId = Text(source="rubric_id", required=False)
    commitMessage = Text(
        source="commit_message", allow_blank=True, max_length=MESSAGE_LIMIT, required=False
    )
