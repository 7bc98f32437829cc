"""Damage and wrong settings: one sentence that names the file, exit 1, never a trace."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from setting import Said
from starlette.testclient import TestClient

from goe.acts.look_up import Reference
from goe.acts.setting import Root
from goe.cli.installation import served_at
from goe.cli.options import write_rows
from goe.errors import Damaged
from goe.rules.variants import CONTIGS
from goe.signing import Key, sign, verify
from goe.store.release import find_rsid, read_body, read_document, read_site, read_table
from goe.web.app import create_app

Change = Callable[[Path], object]
RELEASE = "releases/GRCh37/2026.1"
TABLE_NAME = "frequencies.parquet"
MANIFEST, TABLE = f"{RELEASE}/manifest.json", f"{RELEASE}/{TABLE_NAME}"
LIST, SHOW, RSID = (
    ["genomes", "list", "--country", "FI"],
    ["variant", "show", "2-136608646-G-A"],
    ["variant", "show", "rs4988235"],
)
SHOW_FI, LEDGER = [*SHOW, "--country", "FI"], ["ledger", "show", "--country", "FI"]
BUILD = ["release", "build", "--country", "FI", "--assembly", "GRCh37", "--version", "2026.2"]


def content(text: str | bytes) -> Change:
    """The file holds something else."""
    return lambda path: path.write_bytes(text if isinstance(text, bytes) else text.encode())


def setting(name: str, line: str) -> Change:
    """A setting at the top of the file is replaced by a line."""

    def change(path: Path) -> None:
        kept = [there for there in path.read_text().splitlines() if not there.startswith(f"{name} ")]
        path.write_text("\n".join([kept[0], line, *kept[1:]]) + "\n")

    return change


def member(line: str) -> Change:
    """The keys of Finland in hub.toml are replaced."""
    return lambda path: path.write_text(
        "\n".join(line if there.startswith("FI = [") else there for there in path.read_text().splitlines()) + "\n"
    )


def document(**parts: Any) -> Change:
    """Parts of a JSON object are replaced; None takes one away."""

    def change(path: Path) -> None:
        whole = {**json.loads(path.read_text()), **parts}
        path.write_text(json.dumps({name: part for name, part in whole.items() if part is not None}))

    return change


def signature(**parts: str) -> Change:
    return lambda path: document(signature={**json.loads(path.read_text())["signature"], **parts})(path)


def sql(statement: str) -> Change:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)

    return change


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def without_column(path: Path) -> None:
    pq.write_table(pq.read_table(path).drop_columns(["rsid"]), path)


DAMAGE: list[tuple[str, Change, list[str], str]] = [
    ("europe.toml", content('hub = "hub"\n'), LIST, "setting nodes: the setting is missing"),
    ("europe.toml", content('nodes = ["FI"]\n'), LIST, "setting hub: the setting is missing"),
    ("europe.toml", content('hub = "hub"\nnodes = "FI"\n'), LIST, "setting nodes: found 'FI'; expected a list"),
    ("europe.toml", content("hub = 3\nnodes = []\n"), LIST, "setting hub: found 3; expected text"),
    ("hub/hub.toml", member('FI = ["zz"]'), LIST, "setting members.FI: found ['zz']; expected a list of public keys"),
    ("hub/hub.toml", member('FI = "abc"'), LIST, "setting members.FI: found 'abc'"),
    ("hub/hub.toml", member("FI = 3"), LIST, "setting members.FI: found 3"),
    ("hub/hub.toml", member("FI = [3]"), LIST, "setting members.FI: found [3]"),
    ("hub/hub.toml", content("members = 3\n"), LIST, "setting members: found 3; expected a table"),
    ("hub/hub.toml", setting("examples", "examples = 5"), LIST, "setting examples: found 5; expected a list of texts"),
    ("hub/hub.toml", setting("title", "title = 5"), LIST, "setting title: found 5; expected text"),
    ("hub/hub.toml", content('captions = "x"\n'), LIST, "setting captions: found 'x'; expected a table"),
    ("FI/node.toml", content('country = "FI"\n[captions]\nIT = 7\n'), LIST, "setting captions.IT: found 7; expected text"),
    ("FI/node.toml", setting("country", "country = 5"), LIST, "setting country: found 5; expected text"),
    ("FI/node.toml", setting("assembly", 'assembly = "hg19"'), LIST, "setting assembly: found 'hg19'"),
    (f"FI/{MANIFEST}", document(body={"share": 0.5}), SHOW_FI, "no canonical form"),
    (f"FI/{MANIFEST}", document(body=None), SHOW_FI, "not"),
    (f"FI/{MANIFEST}", document(hash=None), SHOW_FI, "does not match its hash"),
    (f"FI/{MANIFEST}", document(sender=None), SHOW_FI, "not known here"),
    (f"FI/{MANIFEST}", document(signature=None), SHOW_FI, "not a signed document"),
    (f"FI/{MANIFEST}", content('{"body": 5}'), SHOW_FI, "not"),
    (f"FI/{MANIFEST}", content("[" * 100_000), SHOW_FI, "not JSON"),
    (f"FI/{MANIFEST}", content("7"), SHOW_FI, "not a JSON object"),
    (f"FI/{MANIFEST}", signature(value="zz"), SHOW_FI, "does not fit the content"),
    (f"FI/{MANIFEST}", signature(key="zz"), SHOW_FI, "not known here"),
    (f"hub/{MANIFEST}", document(body={"share": 0.5}), SHOW, "no canonical form"),
    ("FI/keys/signing.pub", content("zz\n"), SHOW_FI, "not a public key; expected 64 hex digits"),
    ("FI/keys/signing.pub", content(b"\xff\xfe"), SHOW_FI, "not a public key"),
    ("FI/keys/signing.pub", Path.unlink, SHOW_FI, "missing"),
    (f"FI/{TABLE}", cut, SHOW_FI, TABLE_NAME),
    (f"FI/{TABLE}", Path.unlink, SHOW_FI, TABLE_NAME),
    (f"hub/{TABLE}", cut, RSID, TABLE_NAME),
    (f"hub/{TABLE}", Path.unlink, RSID, TABLE_NAME),
    ("FI/ledger.sqlite", sql("DROP TABLE ledger"), LEDGER, "the ledger cannot be read"),
    ("FI/ledger.sqlite", sql("DROP TABLE ledger"), BUILD, "the ledger cannot be read"),
    ("FI/genomes/batch-1/manifest.json", content("{}"), LIST, "the manifest of the batch cannot be read"),
    ("FI/genomes/batch-1/manifest.json", content("[]"), LIST, "the manifest of the batch cannot be read"),
    ("FI/genomes/batch-1/manifest.json", document(label=None), LIST, "the manifest of the batch cannot be read"),
    ("FI/genomes/batch-1/manifest.json", document(assembly="hg19"), LIST, "the manifest of the batch cannot be read"),
    ("FI/genomes/batch-1/manifest.json", document(inputs=5), LIST, "the manifest of the batch cannot be read"),
    ("FI/genomes/batch-1/manifest.json", document(files=5), LIST, "the manifest of the batch cannot be read"),
]


READERS: dict[Callable[..., object], tuple[object, ...]] = {
    read_site: (CONTIGS.index("2"), 136608646),
    read_table: (),
    find_rsid: ("rs4988235",),
}


def one_sentence(said: Said) -> str:
    assert said.code == 1 and said.out == "", said
    assert said.err.startswith("goe: ") and said.err.endswith(".\n") and said.err.count("\n") == 1, said.err
    assert "unexpected" not in said.err, said.err
    return said.err


@pytest.mark.parametrize(("name", "change", "command", "reason"), DAMAGE)
def test_damage__is_said_with_the_file(
    demo: Root,
    goe: Callable[..., Said],
    copy_of: Callable[[Path], Path],
    name: str,
    change: Change,
    command: list[str],
    reason: str,
) -> None:
    place, _, inside = name.partition("/")
    folder = copy_of(demo.folder / place if inside else demo.folder)
    file = folder / (inside or name)
    change(file)
    sentence = one_sentence(goe(*command, "--dir", folder))
    assert str(file.parent) in sentence and file.name in sentence and reason in sentence, sentence
    shutil.rmtree(folder)


@pytest.mark.parametrize("length", [0, 31])
def test_signing_key__of_another_length__ends_the_release(
    demo: Root, goe: Callable[..., Said], copy_of: Callable[[Path], Path], length: int
) -> None:
    """Counting may have been announced by then, so the sentence is the last line."""
    folder = copy_of(demo.folder / "FI")
    key = folder / "keys" / "signing.key"
    content(b"x" * length)(key)
    said = goe(*BUILD, "--dir", folder)
    assert said.code == 1 and said.out == "" and "Traceback" not in said.err
    assert said.err.splitlines()[-1].startswith(f"goe: {key}: the key has {length} bytes; expected 32.")
    assert not (folder / "releases" / "GRCh37" / "2026.2").exists()


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@pytest.mark.parametrize(
    ("change", "reason"),
    [(cut, "cannot be read"), (content(""), "cannot be read"), (without_column, "cannot be read"), (Path.unlink, "is missing")],
)
def test_table__damaged_or_missing(
    demo: Root, tmp_path: Path, read: Callable[..., object], change: Change, reason: str
) -> None:
    file = tmp_path / TABLE_NAME
    shutil.copyfile(demo.folder / "hub" / TABLE, file)
    change(file)
    with pytest.raises(Damaged, match=reason) as said:
        read(file, *READERS[read])
    assert str(file) in str(said.value)


@pytest.mark.parametrize("damage", ["keys/signing.key", "genomes/batch-1/manifest.json", TABLE])
def test_check__lists_the_damage_and_goes_on(
    demo: Root, goe: Callable[..., Said], copy_of: Callable[[Path], Path], damage: str
) -> None:
    folder = copy_of(demo.folder / "FI")
    content("{}")(folder / damage)
    said = goe("check", "--dir", folder)
    assert said.code == 1 and said.err == "" and "wrong" in said.out and "ok" in said.out, said


def test_assembly__the_environment_is_blamed_for_its_own(
    demo: Root, goe: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOE_ASSEMBLY", "hg19")
    sentence = one_sentence(goe(*LIST, "--dir", demo.folder))
    assert "environment variable GOE_ASSEMBLY: found 'hg19'; expected GRCh37 or GRCh38" in sentence and ".toml" not in sentence


def test_file_instead_of_a_folder(demo: Root, goe: Callable[..., Said]) -> None:
    file = demo.folder / "europe.toml"
    assert f"{file}: this is a file; expected a folder" in one_sentence(goe("check", "--dir", file))


@pytest.mark.parametrize("body", [5, None, ["a"], "text"])
def test_body__that_is_no_object__is_refused_though_signed(tmp_path: Path, body: Any) -> None:
    key = Key.generate("FI")
    signed = sign("thing", body, key=key, issued="2026-11-01T12:00:00Z")
    with pytest.raises(Damaged, match="the body is not a JSON object"):
        verify(signed, kind="thing", trusted={"FI": [key.public]})
    (tmp_path / "x.json").write_text(json.dumps(signed))
    assert read_document(tmp_path / "x.json") == signed
    with pytest.raises(Damaged, match=r"x\.json"):
        read_body(tmp_path / "x.json")


def test_trusted_key__that_is_no_key__trusts_nobody() -> None:
    key = Key.generate("FI")
    signed = sign("thing", {}, key=key, issued="2026-11-01T12:00:00Z")
    with pytest.raises(Damaged, match="not known here"):
        verify(signed, kind="thing", trusted={"FI": ["zz", "", key.public[:-1]]})
    assert verify(signed, kind="thing", trusted={"FI": ["zz", key.public]}) == {}


@pytest.mark.parametrize("debug", ["", "1"])
def test_unforeseen_error__only_its_kind_is_said(goe: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, debug: str) -> None:
    """The one patch here: nothing that a person can do is known to end so."""

    def fail(**_: object) -> None:
        raise ZeroDivisionError("Anna Virtanen")

    monkeypatch.setattr("goe.cli.app", fail)
    monkeypatch.setenv("GOE_DEBUG", debug)
    said = goe("check")
    assert said.code == 1 and said.err.splitlines()[-1].startswith("goe: something unexpected went wrong (ZeroDivisionError);")
    assert ("Traceback" in said.err) == ("Anna" in said.err) == (debug == "1")


def test_demo__says_the_notice_of_the_place(demo: Root, goe: Callable[..., Said], copy_of: Callable[[Path], Path]) -> None:
    folder = copy_of(demo.folder)
    setting("notice", 'notice = "Nobody here is real."')(folder / "hub" / "hub.toml")
    said = goe("demo", "--no-serve", "--dir", folder)
    assert said.code == 0 and "Nobody here is real.\n" in said.err and "1000 Genomes" not in said.err


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1", "http://127.0.0.1:80"), ("::1", "http://[::1]:80"), ("goe.eu", "http://goe.eu:80")]
)
def test_address__of_the_server(host: str, address: str) -> None:
    assert served_at(host, 80) == address


@pytest.mark.parametrize("id", ["2-136608646-G-A", "rs4988235", "nonsense", "1-1-A-C"])
def test_head__answers_as_get_does(demo: Root, id: str) -> None:
    client = TestClient(create_app(Reference(demo, anonymous=True), version="1"))
    asked, got = client.head(f"/api/v1/variant/{id}"), client.get(f"/api/v1/variant/{id}")
    assert asked.status_code == got.status_code and asked.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_table__no_text_is_a_formula(tmp_path: Path, ending: str) -> None:
    texts = ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "plain", "a=b"]
    write_rows([{"text": text, "number": -1.5} for text in texts], tmp_path / f"x.{ending}")
    with (tmp_path / f"x.{ending}").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="," if ending == "csv" else "\t"))
    assert [row["text"] for row in rows] == ["'=1+1", "'+cmd", "'-cmd", "'@SUM(A1)", "plain", "a=b"]
    assert {row["number"] for row in rows} == {"-1.5"}
