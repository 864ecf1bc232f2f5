"""The input of an engine for a run, read from the database: design, questions, persona."""

from collections.abc import Iterator, Mapping
from typing import Any

from autousers.engine.protocol import (
    BrowserOptions,
    Dimension,
    Method,
    Persona,
    RunSpec,
    Side,
    Stimulus,
)
from autousers.models import Autouser, AutouserRun, Rubric
from evaluations.files import addresses
from evaluations.models import Comparison, Evaluation, EvaluationDimension, EvaluationType


def spec_of(run: AutouserRun) -> RunSpec:
    """The engine's input for a run."""
    evaluation = run.evaluation
    scenario, instructions = _told(evaluation)
    rows = evaluation.dimensions.select_related("template")
    return RunSpec(
        run_id=run.pk,
        seed=run.seed,
        method=method_of(evaluation),
        stimuli=tuple(stimuli_of(run.comparison, evaluation.type)),
        dimensions=tuple(_dimension(row, evaluation) for row in rows),
        persona=persona_of(run.autouser, run.rubric),
        scenario=scenario,
        instructions=instructions,
        model_id=evaluation.model_id,
        browser=BrowserOptions(
            engine=evaluation.browser_engine,  # type: ignore[arg-type]  # the column has these words
            use_proxy=bool(evaluation.use_proxy),
            proxy_region=evaluation.proxy_region,
        ),
    )


def _told(evaluation: Evaluation) -> tuple[str, str]:
    """Scenario and instructions, read from the wizard without fetching all of it."""
    rows = Evaluation.objects.filter(pk=evaluation.pk)
    told = rows.values_list("wizard__scenario", "wizard__instructions").first()
    scenario, instructions = told or (None, None)
    return scenario or "", instructions or ""


def method_of(evaluation: Evaluation) -> Method:
    """The engine's word for the type of an evaluation."""
    return "SxS" if evaluation.type == EvaluationType.SXS else "SSE"


def stimuli_of(comparison: Comparison, evaluation_type: str) -> Iterator[Stimulus]:
    """The designs of a comparison: one or two."""
    return stimuli_in(comparison.stimulus, evaluation_type)


def stimuli_in(sent: Mapping[str, Any], evaluation_type: str) -> Iterator[Stimulus]:
    """The designs of what is stored of a comparison."""
    if evaluation_type == EvaluationType.SSE:
        yield _stimulus("A", sent, "stimulusType", "fileId", "url", "fileUrl")
        return
    yield _stimulus("A", sent, "sideAType", "sideAFileId", "currentUrl", "sideAFileUrl")
    yield _stimulus("B", sent, "sideBType", "sideBFileId", "variantUrl", "sideBFileUrl")


def _stimulus(side: Side, sent: Mapping[str, Any], kind: str, file: str, *urls: str) -> Stimulus:
    """A design. Of files, those that are no picture or film are documents."""
    said: Any = sent.get(kind) or "URL"
    label = sent.get("label", "")
    if sent.get(file):
        address = addresses.of_api(sent[file])
        return Stimulus(side, "PDF" if said == "URL" else said, address, label)
    url = next((sent[key] for key in urls if sent.get(key)), "")
    return Stimulus(side=side, kind=said, url=url, label=label)


def _dimension(row: EvaluationDimension, evaluation: Evaluation) -> Dimension:
    content = row.template.content
    single = evaluation.type == EvaluationType.SSE
    question = content.get("sseQuestion" if single else "scaleQuestion")
    factors = content.get("sseCriteria" if single else "factors") or content.get("factors") or []
    lines = [row.template.description, question, content.get("guidelines")]
    lines += [
        f"{factor.get('label', '')}: {factor.get('description', '')}"
        for factor in factors
        if isinstance(factor, dict)
    ]
    return Dimension(
        id=row.dimension_id,
        name=row.name,
        guidance="\n".join(line for line in lines if line),
        minimum=row.minimum,
        maximum=row.maximum,
    )


def persona_of(autouser: Autouser, rubric: Rubric | None) -> Persona:
    """An autouser, with the rubric that it judges by."""
    return Persona(
        id=autouser.pk,
        name=autouser.name,
        system_prompt=autouser.system_prompt,
        capabilities=autouser.capabilities or {},
        config=autouser.config or {},
        rubric=rubric.criteria_text if rubric else None,
        rubric_version=rubric.label if rubric else None,
    )
