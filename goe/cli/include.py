"""Commands about the 1+MG-proof gate."""

from __future__ import annotations

import json as json_format
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goe.cli.options import HERE, Country, Dir, Json, print_json, print_table, say

if TYPE_CHECKING:
    from goe.acts.include import Check, Question
    from goe.acts.include_report import Report
    from goe.rules.inclusion import Verdict

app = typer.Typer(help="The 1+MG-proof gate: who may be included, and why not.", no_args_is_help=True)

Profile = Annotated[str, typer.Option("--profile", help="Threshold profile: a name, or a TOML file.")]
Day = Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Judge as of this day.")]
Genotypes = Annotated[bool, typer.Option("--genotypes", help="Also look into the stored genotypes: call rate, relatives.")]
_SHOWN = 20


def _question(participant: str, cohort: str, profile: str, day: datetime | None, genotypes: bool) -> Question:
    from goe.acts.include import Question

    return Question(participant, cohort, profile, day.date() if day else None, genotypes)


@app.command("check")
def check(
    directory: Dir = HERE,
    country: Country = None,
    participant: Annotated[str, typer.Option("--participant", help="Only this one.")] = "",
    cohort: Annotated[str, typer.Option("--cohort", help="Only this cohort.")] = "",
    profile: Profile = "starter",
    day: Day = None,
    genotypes: Genotypes = False,
    report: Annotated[Path | None, typer.Option("--report", help="Write an HTML report.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """Judge people by the four pillars, without changing anything; exit 1 if anybody is kept out."""
    from goe.acts.include import Check
    from goe.acts.include_report import Report
    from goe.acts.setting import open_node

    found = Check(open_node(directory, country), _question(participant, cohort, profile, day, genotypes))
    page = Report(found) if report else None
    verdicts = _seen(found.verdicts(), page)
    if json:
        _print_as_json(found, verdicts)
    else:
        _print_people([v for v in verdicts if not v.admitted or participant], whole=bool(participant))
        _print_funnel(found)
    if page and report:
        page.write(report)
        say(f"The report is in {report}.")
    if found.funnel.admitted < found.funnel.people:
        raise typer.Exit(1)


def _seen(verdicts: Iterator[Verdict], page: Report | None) -> Iterator[Verdict]:
    """The verdicts, shown to the report on their way."""
    for verdict in verdicts:
        if page:
            page.add(verdict)
        yield verdict


def _print_as_json(found: Check, verdicts: Iterator[Verdict]) -> None:
    """The verdicts as one JSON object, written person by person, so that a nation fits into little memory."""
    from goe.rules.inclusion import as_json

    typer.echo('{"participants":[')
    for place, verdict in enumerate(verdicts):
        typer.echo(("," if place else "") + json_format.dumps(as_json(verdict), ensure_ascii=False))
    summary = {result.value: number for result, number in found.funnel.summary.items()}
    typer.echo(f'],"summary":{json_format.dumps(summary)}}}')


def _print_people(verdicts: list[Verdict], *, whole: bool) -> None:
    from goe.rules.inclusion import Result, worst_first

    rows = [
        {
            "verdict": f.outcome.result.value,
            "participant": v.participant_id,
            "criterion": f.criterion,
            "found": f.outcome.evidence,
        }
        for v in verdicts[:_SHOWN]
        for f in (worst_first(v.findings) if whole else v.of(Result.FAIL))
    ]
    print_table(rows)
    for v in verdicts[:_SHOWN]:
        for f in v.of(Result.FAIL):
            if f.outcome.fix:
                say(f"{v.participant_id}: {f.outcome.fix}")
    if len(verdicts) > _SHOWN:
        say(f"... and {len(verdicts) - _SHOWN} more people; --json lists them all.")


def _print_funnel(found: Check) -> None:
    funnel = found.funnel
    typer.echo(f"{funnel.admitted} of {funnel.people} people can be included (profile {found.profile.label}, not official).")
    steps = funnel.steps
    print_table(
        [{"pillar": s.pillar.value, "came": s.came, "went on": s.went_on} for s in steps],
        numbers=frozenset({"came", "went on"}),
    )
    common = sorted(((n, c, r) for (_, c, r), n in funnel.counts.items() if r in ("warn", "unknown", "fail")), reverse=True)
    print_table([{"people": n, "result": r.value, "criterion": c} for n, c, r in common], numbers=frozenset({"people"}))


@app.command("apply")
def apply(
    directory: Dir = HERE,
    country: Country = None,
    profile: Profile = "starter",
    day: Day = None,
    genotypes: Genotypes = False,
    json: Json = False,
) -> None:
    """Judge everybody, keep out who fails, and sign a certificate; exit 1 if nobody is included."""
    from goe.acts.admitted import CERTIFICATE
    from goe.acts.include import apply as apply_gate
    from goe.acts.setting import open_node

    done = apply_gate(open_node(directory, country), _question("", "", profile, day, genotypes))
    body = done.certificate["body"]
    if json:
        print_json({"certificate": str(done.folder / CERTIFICATE), "new": done.new, "changed": len(done.changed), **body})
    else:
        people = sum(body["summary"].values())
        say(f"{body['admitted']} of {people} people are included; the certificate is {done.folder / CERTIFICATE}.")
        say("It was signed now." if done.new else "The same was certified before; nothing changed.")
        print_table(
            [{"participant": p, "before": b.value if b else "", "now": a.value if a else ""} for p, b, a in done.changed]
        )
    if not body["admitted"]:
        raise typer.Exit(1)


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="A certificate.")],
    directory: Dir = HERE,
    key: Annotated[str, typer.Option("--key", help="The signer's public key, where no folder knows it.")] = "",
    json: Json = False,
) -> None:
    """Check a certificate offline; at the node that signed it, judge everybody again and compare."""
    from goe.acts.include import verify_certificate
    from goe.acts.setting import open_place

    found = verify_certificate(file, place=None if key else open_place(directory), key=key)
    if json:
        inputs = None if found.inputs is None else dict(found.inputs)
        print_json({"sender": found.sender, "reproduced": found.reproduced, "inputs_unchanged": inputs, **found.body})
    else:
        people = sum(found.body["summary"].values())
        typer.echo(f"signature  good (node {found.sender})")
        typer.echo(f"says       {found.body['admitted']} of {people} people included on {found.body['day']}")
        if found.inputs is not None:
            typer.echo(f"inputs     {sum(same for _, same in found.inputs)} of {len(found.inputs)} unchanged")
            for what, _ in (i for i in found.inputs if not i[1]):
                typer.echo(f"           changed: {what}")
            typer.echo(f"verdicts   {'all reproduced' if found.reproduced else 'differ from the certificate'}")
    if not found.holds:
        raise typer.Exit(1)


@app.command("quality")
def quality(
    files: Annotated[list[Path], typer.Argument(help="GA4GH, Picard, mosdepth, samtools, verifyBamID, DRAGEN, MultiQC.")],
    directory: Dir = HERE,
    country: Country = None,
    pipeline: Annotated[str, typer.Option("--pipeline", help="How the genomes were read and called.")] = "",
    json: Json = False,
) -> None:
    """Register what a laboratory measured on genomes; exit 1 if a sample is not registered here."""
    from goe.acts.import_quality import import_quality
    from goe.acts.setting import open_node

    done = import_quality(open_node(directory, country), files, pipeline=pipeline)
    if json:
        print_json({**vars(done), "strangers": list(done.strangers)})
    else:
        say(f"{done.new} numbers of {done.samples} genomes registered; {done.known_files} files were read before.")
        for name in done.strangers[:_SHOWN]:
            say(f"not registered here, left out: {name}")
    if done.strangers:
        raise typer.Exit(1)


@app.command("pipeline")
def pipeline(
    label: Annotated[str, typer.Argument(help="The label given with --pipeline at import; without, all are listed.")] = "",
    recall: Annotated[float | None, typer.Option("--recall", help="Share of true variants that it calls, 0 to 1.")] = None,
    precision: Annotated[float | None, typer.Option("--precision", help="Share of its calls that are true, 0 to 1.")] = None,
    control_sample: Annotated[str, typer.Option("--control-sample", help="The control that nations share.")] = "",
    truth_set: Annotated[str, typer.Option("--truth-set", help="What recall and precision are measured against.")] = "",
    report: Annotated[Path | None, typer.Option("--report", help="The comparison's report; only its hash is kept.")] = None,
    directory: Dir = HERE,
    country: Country = None,
    json: Json = False,
) -> None:
    """Record how good a pipeline is, or list the pipelines; exit 1 if of one in the list something is not known."""
    from goe.acts.pipelines import record_pipeline, used_pipelines
    from goe.acts.setting import open_node
    from goe.rules.inclusion import Pipeline

    node = open_node(directory, country)
    if label:
        said = Pipeline(label, recall, precision, control_sample, truth_set)
        say("Recorded." if record_pipeline(node, said, report=report) else "It was recorded already.")
    rows = [
        {
            "pipeline": u.name,
            "batches": " ".join(u.batches),
            "genomes": u.genomes,
            "truth set": u.recorded.truth_set if u.recorded else "",
            "known": (u.recorded.fault if u.recorded else "nothing is recorded") or "all",
        }
        for u in used_pipelines(node)
    ]
    print_json(rows) if json else print_table(rows, numbers=frozenset({"genomes"}))
    if not label and any(row["known"] != "all" for row in rows):
        raise typer.Exit(1)


@app.command("delivery")
def delivery(
    manifest: Annotated[Path, typer.Argument(help="CSV with barcode, genome, file and sha256; files lie beside it.")],
    directory: Dir = HERE,
    country: Country = None,
    json: Json = False,
) -> None:
    """Compare a sequencing provider's delivery with its manifest; exit 1 if anything is missing, changed, twice or swapped."""
    from goe.acts.import_quality import delivery_faults
    from goe.acts.setting import open_node

    rows, faults = delivery_faults(open_node(directory, country), manifest)
    if json:
        print_json({"rows": rows, "faults": [vars(f) for f in faults]})
    else:
        print_table([vars(f) for f in faults])
        say(f"{rows} rows, {len(faults)} faults.")
    if faults:
        raise typer.Exit(1)


@app.command("profiles")
def profiles(json: Json = False) -> None:
    """List the threshold profiles that ship with goe, with the source of each number."""
    from goe.acts.include import shipped_profiles

    rows = [
        {"profile": p.label, "metric": t.metric, "fails": _bounds(t.fail_below, t.fail_above),
         "warns": _bounds(t.warn_below, t.warn_above), "source": t.source}
        for p in shipped_profiles()
        for t in p.thresholds.values()
    ]  # fmt: skip
    if json:
        print_json(rows)
    else:
        print_table(rows)


def _bounds(below: float | None, above: float | None) -> str:
    return " ".join(f"{sign} {bound:g}" for sign, bound in (("<", below), (">", above)) if bound is not None)
