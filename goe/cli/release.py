"""Commands about releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from goe.cli.arrow import write_arrow
from goe.cli.options import (
    HERE,
    AssemblyOption,
    Country,
    Dir,
    Json,
    Output,
    print_findings,
    print_json,
    print_table,
    say,
    write_rows,
)
from goe.errors import BadInput, NotFound

if TYPE_CHECKING:
    from goe.acts.build_release import Built
    from goe.acts.setting import Installation

app = typer.Typer(help="What a nation, and Europe, publishes.", no_args_is_help=True)
_CLINICAL = "run `goe release build --clinical`"
_LARGEST = 10  # shifts that are printed; a file holds them all
Version = Annotated[str | None, typer.Option("--version", help="Name of the release.", show_default="<year>.<number>")]


@app.command("build")
def build(
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    version: Version = None,
    clinical: Annotated[
        bool, typer.Option("--clinical", help="The clinical special category: a data set and a release of its own.")
    ] = False,
    json: Json = False,
) -> None:
    """Build a nation's release; at a root without --country, the European release from the nations' signed ones."""
    from goe.acts.build_release import build_clinical_release, build_release
    from goe.acts.combine_europe import combine_europe
    from goe.acts.setting import Hub, Root, open_node, open_place
    from goe.cli.progress import TerminalProgress
    from goe.rules.words import Assembly

    _check_version(version)
    place = open_place(directory)
    if isinstance(place, Hub):
        raise BadInput(
            "a hub alone has no nations to add up", expected="the root that holds hub and nodes", where=str(directory)
        )
    built: list[Built]
    if isinstance(place, Root) and country is None and not clinical:
        present = {a for node in place.nodes.values() for a in node.releases.assemblies()}
        chosen = [assembly] if assembly else [a for a in Assembly if a in present]
        built = [combine_europe(place.hub, place.nodes, a, version=version) for a in chosen]
    else:
        node = open_node(directory, country)
        present = {b.assembly for b in node.genomes.batches() if not b.release_fault}
        chosen = [assembly] if assembly else [a for a in Assembly if a in present]
        if not chosen:
            raise BadInput(
                "there is nothing to count", expected="a batch with verified reference alleles", where=str(directory)
            )
        build = build_clinical_release if clinical else build_release
        built = [build(node, a, version=version, progress=TerminalProgress()) for a in chosen]
    if json:
        print_json([{"assembly": b.assembly, "release": b.version, "new": b.new, "people": b.people} for b in built])
        return
    for b in built:
        stands = "built" if b.new else "stands already"
        say(f"Release {b.assembly} {b.version} {stands}: {b.variants} variants, {b.people} people counted, in {b.folder}.")
        for batch, reason in b.left_out.items():
            say(f"  {batch} left out: {reason}")


@app.command("show")
def show(
    directory: Dir = HERE,
    country: Country = None,
    clinical: Annotated[bool, typer.Option("--clinical", help="Those of the clinical special category.")] = False,
    json: Json = False,
) -> None:
    """List the newest release of each assembly, and who was counted in it."""
    from goe.acts.clinical_releases import clinical_releases
    from goe.acts.look_up import Reference
    from goe.acts.setting import open_node, open_place

    if clinical:
        rows = [vars(r) for r in clinical_releases(open_node(directory, country))]
        if not rows:
            raise NotFound("nothing of the special category has been published here", where=str(directory), remedy=_CLINICAL)
        if json:
            print_json(rows)
        else:
            print_table(rows, numbers=frozenset({"people", "variants"}))
        return
    releases = Reference(open_node(directory, country) if country else open_place(directory)).releases
    if not releases:
        raise NotFound("nothing has been published here", where=str(directory), remedy="run `goe release build`")
    rows = [
        {
            "assembly": r.assembly.value,
            "release": r.release,
            "nation": n.nation,
            "people": n.people,
            "women": n.women,
            "men": n.men,
            "signed": n.signed_on,
            "answered": n.answered,
            "variants": r.variants,
            "class": r.disclosure_class,
        }
        for r in releases
        for n in r.nations
    ]
    if json:
        print_json(rows)
    else:
        print_table(rows, numbers=frozenset({"people", "women", "men", "variants"}))


@app.command("verify")
def verify(directory: Dir = HERE, country: Country = None, json: Json = False) -> None:
    """Verify signatures, checksums, and that Europe is the sum of its nations; exit 1 if anything does not hold."""
    from goe.acts.setting import Root, open_node, open_place
    from goe.acts.verify import verify_releases

    place = open_node(directory, country) if country else open_place(directory)
    installations: list[Installation] = [place.hub, *place.nodes.values()] if isinstance(place, Root) else [place]
    findings = [f for installation in installations for f in verify_releases(installation)]
    if not findings:
        raise NotFound("there is no release to verify", where=str(directory), remedy="run `goe release build`")
    print_findings(findings, json=json)


@app.command("bias")
def bias(
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    above: Annotated[float, typer.Option("--above", help="The least shift of a frequency that is told of.")] = 0.01,
    output: Output = None,
    json: Json = False,
) -> None:
    """Show what including the clinical special category would do to the reference's frequencies; for the steward's eyes."""
    from goe.acts.release_bias import release_bias
    from goe.acts.setting import open_node

    node = open_node(directory, country)
    present = sorted({b.assembly for b in node.genomes.batches() if not b.release_fault})
    if assembly is None and len(present) != 1:
        raise BadInput(f"the node has {' and '.join(present) or 'no'} batches that can be counted", expected="--assembly")
    found = release_bias(node, assembly or present[0], above=above)
    largest = found.largest(_LARGEST).to_pylist()
    if output and output.suffix == ".json":
        write_rows(found.table.to_pylist(), output)
    elif output:
        write_arrow([found.table], output)
    if json:
        print_json(
            {
                **{name: getattr(found, name) for name in ("nation", "assembly", "reference", "clinical", "above", "shifted")},
                **{name: getattr(found, name) for name in ("beyond_chance", "hidden", "not_read")},
                "variants": found.table.num_rows,
                "largest": largest,
                "sentence": found.sentence,
            }
        )
        return
    if not output:
        print_table(largest, numbers=frozenset(found.table.column_names[5:]))
    say(found.sentence)


def _check_version(version: str | None) -> None:
    if version is not None and not all(part.isdigit() for part in version.split(".")):
        raise BadInput(f"the version is {version!r}", expected="numbers and dots, for example 2026.1", where="--version")
