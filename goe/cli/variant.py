"""Commands about variants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from goe.cli.options import HERE, AssemblyOption, Country, Dir, Json, Output, print_json, print_table, say, write_rows
from goe.errors import BadInput, NotFound

if TYPE_CHECKING:
    from goe.acts.look_up import Reference
    from goe.rules.frequencies import PopulationFrequency, VariantAnswer
    from goe.rules.variants import Variant
    from goe.rules.words import Assembly

app = typer.Typer(help="Look variants up.", no_args_is_help=True)

_STATES = {
    "observed_zero": "not observed",
    "not_callable": "no data",
    "suppressed": "suppressed",
    "offline": "node offline",
    "value": "",
}


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="For example 2-136608646-G-A, chr2:136608646:G:A or rs4988235.")],
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    json: Json = False,
    output: Output = None,
) -> None:
    """Show how common a variant is in each nation, by sex, and in Europe."""
    from goe.acts.look_up import Reference, as_json
    from goe.acts.setting import open_node, open_place
    from goe.rules.frequencies import Unresolved

    reference = Reference(open_node(directory, country) if country else open_place(directory))
    variant, assembly = _find(reference, name, assembly)
    answer = reference.answer(variant, assembly)
    if isinstance(answer, Unresolved):
        choices = " or ".join(f"--assembly {a}" for a in answer.assemblies)
        raise NotFound(answer.reason, where=str(variant), remedy=f"say {choices}")
    if output:
        write_rows(as_json(answer)["populations"], output)
    elif json:
        print_json(as_json(answer))
    else:
        _print(answer, reference)


def _find(reference: Reference, name: str, assembly: Assembly | None) -> tuple[Variant, Assembly | None]:
    """The variant that is meant, from an id or an rsID. Raises BadInput or NotFound with a way on."""
    from goe.rules.variants import is_rsid, parse_variant

    if not is_rsid(name):
        try:
            return parse_variant(name), assembly
        except ValueError as error:
            raise BadInput(str(error)) from None
    found = [(a, v) for a, v in reference.find_rsid(name) if assembly in (None, a)]
    if len(found) == 1:
        return found[0][1], found[0][0]
    if not found:
        raise NotFound(f"no release lists {name}", remedy="look it up by position, for example 2-136608646-G-A")
    listed = ", ".join(f"{v} ({a})" for a, v in found)
    raise NotFound(f"{name} stands for {len(found)} variants: {listed}", remedy="choose one of them")


def _print(answer: VariantAnswer, reference: Reference) -> None:
    name = f"{answer.variant} ({answer.rsid})" if answer.rsid else str(answer.variant)
    typer.echo(f"{name}  {answer.assembly}  release {answer.release}{'  SYNTHETIC GENOTYPES' if answer.synthetic else ''}")
    if not answer.observed:
        typer.echo(
            "Not observed in any population that was read there." if _read(answer) else "No data: no population was read there."
        )
    print_table([_row(p) for p in _in_order(answer)], numbers=frozenset({"AF", "AC", "AN", "het", "hom", "hemi", "faf95"}))
    if answer.weighted_frequency is not None:
        typer.echo(f"Europe weighted by inhabitants: {answer.weighted_frequency:.6g}")
    if (differ := answer.heterogeneity) is not None:
        typer.echo(
            f"Between {differ.nations} nations: F_ST {differ.f_st:.3g} (Hudson), "
            f"chi-square {differ.chi_square:.4g} on {differ.degrees_of_freedom} d.f., p {differ.p_value:.2g}"
        )
    for code, caption in reference.captions.items():
        if answer.population(code):
            typer.echo(f"{code}: {caption}")
    if reference.notice:
        say(f"Demonstration: {reference.notice}")


def _read(answer: VariantAnswer) -> bool:
    return any(p.allele_number for p in answer.populations)


def _in_order(answer: VariantAnswer) -> list[PopulationFrequency]:
    """Nations from the most frequent down, each with its sexes, Europe last."""
    rows: list[PopulationFrequency] = []
    for whole in answer.nations:
        rows += [whole, *(p for p in answer.populations if p.nation == whole.population and not p.is_nation)]
    return [*rows, *(p for p in answer.populations if p.nation is None)]


def _row(p: PopulationFrequency) -> dict[str, Any]:
    bound = f"at most {p.bound}" if p.bound is not None else ""
    return {
        "population": p.population if p.is_nation or p.nation is None else f"  {p.population}",
        "AF": p.allele_frequency,
        "95 % interval": f"{p.interval[0]:.4f}-{p.interval[1]:.4f}" if p.interval else "",
        "AC": p.allele_count,
        "AN": p.allele_number,
        "het": p.heterozygote_count,
        "hom": p.homozygote_count,
        "hemi": p.hemizygote_count,
        "faf95": p.faf95,
        "state": " ".join(filter(None, (_STATES[p.state], bound))),
    }
