"""Reply shapes of results, agreement and insights.

They describe the replies of `ratings.reports.results` and `ratings.reports.agreement_report`.
Optional fields are left out where they are not defined.
"""

from typing import Any

from rest_framework import serializers

from api.rest.fields import Array, Choice, Moment, Text, Whole
from api.rest.shapes import Shape
from autousers.findings.finding import STATUSES
from evaluations.models import EvaluationType
from evaluations.snapshots import EvaluationLinksSerializer

LEVELS = ("High", "Medium", "Low", "Insufficient")
WINNERS = ("sideA", "sideB", "tie", "inconclusive")
OVERALL_WINNERS = ("sideA", "sideB", "tie", "tied")
BANDS = ("poor", "slight", "fair", "moderate", "substantial", "near_perfect")


class Count(Whole):
    """A number of things."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, **kwargs)


class Number(serializers.FloatField):
    """A JSON number."""


class Percent(Number):
    """A share, from 0 to 100."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=100, **kwargs)


class Coefficient(Number):
    """A κ or an α, null where it is not defined."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=-1, max_value=1, allow_null=True, **kwargs)


# --- results -------------------------------------------------------------------------------------


class ConfidenceSerializer(Shape):
    """How far a figure can be relied on."""

    level = Choice(LEVELS)
    margin = Number(required=False)


class IntervalSerializer(Shape):
    """Where a mean lies, with 95 % confidence."""

    lower = Number()
    upper = Number()


class WinsSerializer(Shape):
    """Whom raters prefer, side by side."""

    sideAWins = Count(required=False)
    sideBWins = Count(required=False)
    ties = Count(required=False)


class DimensionStatsSerializer(WinsSerializer):
    """What was given for one dimension."""

    dimensionId = Text()
    dimensionName = Text()
    meanRating = Number()
    median = Number(required=False)
    stdDev = Number(required=False)
    total = Count()
    confidenceInterval = IntervalSerializer(required=False)
    distribution = serializers.DictField(child=Count(), required=False)
    winner = Choice(WINNERS, required=False)


class ExcludedRatingsSerializer(Shape):
    """What does not count."""

    total = Count()
    automationFailures = Count(required=False)
    byKind = serializers.DictField(child=Count(), required=False)
    other = Count(required=False)


class AggregateStatsSerializer(WinsSerializer):
    """All comparisons together."""

    totalRatings = Count()
    totalComparisons = Count()
    excludedRatings = ExcludedRatingsSerializer(required=False)
    overallAverage = Number(required=False, help_text="SSE only; 0 while there are no ratings.")
    overallDistribution = serializers.DictField(child=Count(), required=False)
    overallWinner = Choice(OVERALL_WINNERS, required=False, help_text="SxS only.")
    winRate = Percent(required=False)
    confidence = ConfidenceSerializer()
    dimensionStats = serializers.DictField(child=DimensionStatsSerializer())


class ComparisonStatsSerializer(Shape):
    """One comparison."""

    comparisonId = Text()
    label = Text()
    position = Count()
    validRatingsCount = Count()
    dimensionStats = serializers.DictField(child=DimensionStatsSerializer())
    overallAverage = Number(required=False, help_text="SSE only; 0 while there are no ratings.")
    overallWinner = Choice(OVERALL_WINNERS, required=False, help_text="SxS only.")
    confidence = ConfidenceSerializer()


class RaterSerializer(Shape):
    """What one rater gave."""

    rater = Text()
    raterType = Choice(("human", "autouser"))
    name = Text(allow_null=True)
    ratingCount = Count()
    ratedComparisons = Count()
    average = Number(required=False, help_text="SSE only.")
    sideAWins = Count(required=False)
    sideBWins = Count(required=False)
    ties = Count(required=False)


class PartialRaterSerializer(Shape):
    """A rater who has not rated everything."""

    rater = Text()
    ratedComparisons = Count(required=False)
    evaluationComparisons = Count(required=False)


class ResultsAgreementSerializer(Shape):
    """How far the raters agree, in short."""

    alpha = Coefficient(
        required=False, help_text="Krippendorff's α, the mean of the dimensions that have one."
    )
    alphaByDimension = serializers.DictField(child=Coefficient(), required=False)
    percentAgreement = Percent(allow_null=True, required=False)
    kappa = Coefficient(required=False)
    kappaIsMean = serializers.BooleanField(required=False)
    pairs = Count(required=False, help_text="How many pairs of raters `kappa` is the mean of.")
    label = Choice(BANDS, required=False)
    excludedRaters = Array(child=Text(), required=False)
    partialRaters = PartialRaterSerializer(many=True, required=False)


class SizeSerializer(Shape):
    """Width and height in CSS pixels."""

    width = Number()
    height = Number()


class BoxSerializer(SizeSerializer):
    """A rectangle on a picture, from its top left corner."""

    x = Number()
    y = Number()


class FindingSerializer(Shape):
    """A fact behind low ratings of autousers, at one place of one design."""

    id = Text(help_text="The same in every study of the design.")
    design = Text(help_text="The address of the design.")
    comparisonIds = Array(child=Text())
    fact = Text(help_text="Its id in the catalogue of facts.")
    criterion = Text(allow_null=True, help_text="Success criteria of WCAG 2.2.")
    severity = serializers.IntegerField(
        min_value=1, max_value=4, help_text="1 slight, 2 moderate, 3 serious, 4 blocking."
    )
    points = serializers.IntegerField(help_text="Severity times `personas`: the order of rows.")
    says = Text()
    selector = Text(allow_null=True)
    text = Text(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    unit = Text(allow_null=True)
    basis = Text()
    personas = Array(child=Text(), help_text="Autousers that met it and rated low.")
    dimensions = Array(child=Text(), help_text="Dimensions rated low for which it counts.")
    evaluationId = Text(
        help_text="The evaluation of the observation; of a `fixed` one it is the earlier one."
    )
    observationId = Text()
    picture = Text(allow_null=True, help_text="The file of the observation that shows it.")
    pictureSize = SizeSerializer(
        allow_null=True, help_text="The picture in the pixels of `box`; null without a `box`."
    )
    box = BoxSerializer(
        allow_null=True, help_text="The place on the picture; null where no picture shows it."
    )
    status = Choice(
        STATUSES, allow_null=True, help_text="With `compareTo`; null where it cannot be told."
    )


class ExcludedRaterSerializer(Shape):
    """A rater whose ratings do not count, and why."""

    rater = Text(help_text="As in `agreement.pairs`: all agents of an autouser together.")
    name = Text(allow_null=True)
    raterType = Choice(("human", "autouser"))
    ratings = Count(help_text="How many ratings would count otherwise.")
    reason = Text()
    excludedBy = Text(allow_null=True, help_text="The person, by id.")
    excludedAt = Moment()


class ResultsSerializer(Shape):
    """The results of an evaluation."""

    class RatedEvaluation(Shape):
        """What was rated."""

        id = Text()
        name = Text()
        type = Choice(EvaluationType.values)
        status = Text()
        links = EvaluationLinksSerializer(required=False)

    class RatedDimension(Shape):
        """A dimension it was rated on."""

        id = Text()
        name = Text()

    evaluation = RatedEvaluation()
    dimensions = RatedDimension(many=True, required=False)
    primaryDimensionId = Text(allow_null=True, required=False)
    aggregateStats = AggregateStatsSerializer()
    comparisonStats = ComparisonStatsSerializer(many=True)
    sideALabel = Text(required=False)
    sideBLabel = Text(required=False)
    perRater = RaterSerializer(many=True, required=False)
    agreement = ResultsAgreementSerializer(allow_null=True, required=False)
    excludedRaters = ExcludedRaterSerializer(
        many=True, required=False, help_text="Raters who are left out of all figures."
    )
    findings = FindingSerializer(
        many=True, required=False, help_text="The worst first: severity times personas."
    )


# --- agreement -----------------------------------------------------------------------------------


class KrippendorffSerializer(Shape):
    """Krippendorff's α, and what it was measured on."""

    alpha = Coefficient()
    n_raters = Count()
    n_items = Count()


class DimensionAgreementSerializer(Shape):
    """Agreement on one dimension."""

    alpha = Coefficient()
    kappa = Coefficient(required=False)
    agreementPercent = Percent(allow_null=True, required=False)


class PairSerializer(Shape):
    """Agreement of two raters."""

    raterA = Text()
    raterB = Text()
    kappa = Coefficient()
    agreementPercent = Percent(allow_null=True, required=False)
    sampleSize = Count(required=False)


class GroupAgreementSerializer(Shape):
    """Agreement of people and autousers, each with the medians of their scores."""

    kappa = Coefficient(help_text="Cohen's κ, weighted by the square of the difference.")
    items = Count(help_text="Items that both have rated.")


class AgreementSerializer(Shape):
    """How far the raters of an evaluation agree."""

    krippendorff = KrippendorffSerializer()
    byDimension = serializers.DictField(child=DimensionAgreementSerializer())
    ratingCount = Count()
    cachedAt = Moment(allow_null=True)
    kappa = Coefficient(required=False)
    pairs = PairSerializer(many=True, required=False)
    agreementPercent = Percent(allow_null=True, required=False)
    interpretation = Text(allow_null=True, required=False)
    sampleSize = Count(required=False)
    insufficient = serializers.BooleanField(required=False)
    meanKappa = Coefficient(required=False)
    peopleAndAutousers = GroupAgreementSerializer(required=False)
    excludedRaters = Array(child=Text(), required=False)


# --- insights ------------------------------------------------------------------------------------


class AiInsightSerializer(Shape):
    """What the figures, or a model, say of the results of an evaluation."""

    class Structured(Shape):
        """The same as a list of what to do."""

        class ActionItem(Shape):
            """One thing to do."""

            priority = Text()
            title = Text()
            rationale = Text()

        actionItems = ActionItem(many=True)

    id = Text(help_text="Of what is not stored it begins with `figures-`.")
    evaluationId = Text()
    comparisonId = Text(allow_null=True, required=False)
    insightType = Text(allow_null=True, required=False)
    basis = Text(required=False, help_text="`figures`: written from the figures, without a model.")
    recommendation = Text()
    insights = Text()
    structured = Structured()
    ratingCountAtGeneration = Count()
    generatedAt = Moment()
    stale = serializers.BooleanField(required=False)
    summary = Text(required=False)
    keyFindings = Array(child=Text(), required=False)
    recommendations = Array(child=Text(), required=False)
