"""The store: opened by zarr-python, on a disk and elsewhere, whole or not there, and found out where a byte was flipped."""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zarr
from genomes import Site, person, write_vcf
from setting import GOE, REPOSITORY, Said, clock

from goe.acts.count_genomes import count_genomes
from goe.acts.create import create_node
from goe.acts.import_genomes import import_genomes
from goe.acts.setting import Node, open_node
from goe.acts.verify import verify_genomes
from goe.errors import Damaged
from goe.rules.words import Assembly, DisclosureClass
from goe.science.genotypes import unpack
from goe.store.genomes.arrays import ArrayReader, GroupWriter
from goe.store.genomes.batch import StoredBatch
from goe.store.genomes.collection import Genomes
from goe.store.places import Bucket, Folder, place

PEOPLE = [f"g{i}" for i in range(70)]


def some_sites(seed: int, sites: int = 300) -> list[Site]:
    """Rare and common variants with every spelling of a call; some people have no call for long."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(sites):
        calls = rng.choice(
            ["0|0", "0|1", "1|0", "1|1", "./.", "0/1", "0", "1", "0/."], len(PEOPLE), p=P_RARE if i % 3 else P_COMMON
        )
        if 50 <= i < 90:
            calls[:5] = "./."
        found.append(Site("1" if i < 200 else "X", 5_000_000 + 10 * i, "A", "C", calls.tolist(), filter=["PASS", "q10"][i % 2]))
    return found


CALLS = ["0|0", "0|1", "1|0", "1|1", "./.", "0/1", "0", "1", "0/."]
P_COMMON = [0.4, 0.15, 0.15, 0.1, 0.08, 0.05, 0.03, 0.02, 0.02]
P_RARE = [0.97, 0.01, 0.005, 0.002, 0.004, 0.004, 0.002, 0.002, 0.001]


@pytest.fixture
def filled(node: Node, tmp_path: Path) -> Node:
    """A node with one batch, all of whose people are counted."""
    node.registry.enrol([person(node, i + 1, "FMU"[i % 3], name) for i, name in enumerate(PEOPLE)])
    import_genomes(node, write_vcf(tmp_path / "x.vcf.gz", PEOPLE, some_sites(1)))
    return node


def counted(node: Node) -> list[dict[str, object]]:
    return [row for table in count_genomes(node, Assembly.GRCh37, by=["sex"]) for row in table.to_pylist()]


def test_zarr_python__reads_the_same_numbers(filled: Node) -> None:
    batch = filled.genomes.batch("batch-1")
    group = zarr.open_group(str(filled.folder / "genomes/batch-1/calls.zarr"), mode="r")
    assert len(list(group.arrays())) > 15
    for name, array in group.arrays():
        assert np.array_equal(array[:], batch._read(name, 0, None)), name
    low = np.asarray(group["entry_low"], dtype=np.uint32) + (np.asarray(group["entry_high"], dtype=np.uint32) << 8)
    first = int(group["block_entries"][0])
    samples = np.cumsum(low[:first], dtype=np.uint32) & 0xFFFF
    assert np.array_equal(samples, next(batch.blocks()).packed.entry_sample), "as the documentation says"


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.uint16, np.uint32, np.uint64, np.int64])
@pytest.mark.parametrize("length", [0, 1, 1 << 20, (1 << 20) + 7])
def test_arrays__are_read_in_any_part(dtype: type, length: int, tmp_path: Path) -> None:
    data = np.random.default_rng(length).integers(0, 2 if dtype is np.bool_ else 200, length).astype(dtype)
    with GroupWriter(tmp_path / "g", {"a": dtype}) as group:
        for part in np.array_split(data, 7):
            group.arrays["a"].append(part)
    reader = ArrayReader(Folder(tmp_path / "g"), "a")
    assert np.array_equal(reader.read(), data) and reader.read(3, 3).size == 0
    for first in {0, length // 3, max(0, length - 5)}:
        assert np.array_equal(reader.read(first, min(first + 11, length)), data[first : first + 11])
    assert np.array_equal(zarr.open_array(str(tmp_path / "g" / "a"), mode="r")[:], data)


def test_arrays__of_many_shards(tmp_path: Path) -> None:
    data = np.random.default_rng(3).integers(0, 2**63, (1 << 17) * 70, dtype=np.uint64)
    with GroupWriter(tmp_path / "g", {"a": np.uint64}) as group:
        group.arrays["a"].append(data)
    assert sorted(p.name for p in (tmp_path / "g/a/c").iterdir()) == ["0", "1"]
    reader = ArrayReader(Folder(tmp_path / "g"), "a")
    assert np.array_equal(reader.read((1 << 17) * 63, (1 << 17) * 66), data[(1 << 17) * 63 : (1 << 17) * 66])
    assert np.array_equal(zarr.open_array(str(tmp_path / "g" / "a"), mode="r")[-5:], data[-5:])


def test_a_flipped_byte__is_found_wherever_it_is(filled: Node) -> None:
    """By the checksums of the manifest; and a damaged chunk is never read as genotypes."""
    folder = filled.folder / "genomes/batch-1"
    assert not verify_genomes(filled).faults
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    assert len(files) > 15
    for path in files:
        whole = path.read_bytes()
        place_ = random.Random(path.name).randrange(len(whole))
        path.write_bytes(whole[:place_] + bytes([whole[place_] ^ 16]) + whole[place_ + 1 :])
        try:
            found = verify_genomes(filled).faults
        except Damaged:
            found = ["the manifest"]
        assert found, path
        path.write_bytes(whole)
    chunk = folder / "calls.zarr/entry_low/c/0"
    whole = chunk.read_bytes()
    chunk.write_bytes(whole[:20] + bytes([whole[20] ^ 255]) + whole[21:])
    with pytest.raises(Damaged):
        list(filled.genomes.batch("batch-1").blocks())


def test_one_variant__is_what_its_block_has(filled: Node) -> None:
    batch = filled.genomes.batch("batch-1")
    table = batch.variants.to_pylist()
    assert batch.find(0, 1, "A", "C") is None and batch.find(0, 5_000_000, "A", "G") is None
    for block in batch.blocks(phase=False):
        codes = unpack(block.packed)
        for row in range(block.first, block.last, 7):
            site = table[row]
            assert batch.find(site["contig"], site["position"], site["reference"], site["alternate"]) == row
            one = batch.one(row)
            assert one.region == block.region and np.array_equal(unpack(one.packed)[0], codes[row - block.first])


def test_chromosomes_in_any_order__are_counted_as_in_genome_order(node: Node, tmp_path: Path) -> None:
    """Many files have 1, 10, 11, ... 2, or the mitochondrion first."""
    node.registry.enrol([person(node, i + 1, "FMU"[i % 3], name) for i, name in enumerate(PEOPLE)])
    rng = np.random.default_rng(8)
    sites = [
        Site(contig, 5_000 + 10 * i, "A", "C", rng.choice(CALLS[:4], len(PEOPLE), p=[0.7, 0.1, 0.1, 0.1]).tolist())
        for contig in ("MT", "1", "10", "2", "X", "21")
        for i in range(30)
    ]
    other = create_node(tmp_path / "other", "FI", disclosure_class=DisclosureClass.OPEN, clock=clock)[0]
    other.registry.enrol([person(other, i + 1, "FMU"[i % 3], name) for i, name in enumerate(PEOPLE)])
    order = ["1", "2", "10", "21", "X", "MT"]
    for number, half in enumerate((slice(0, 40), slice(30, 70))):  # two batches that share ten people
        part = [Site(s.contig, s.position, "A", "C", s.calls[half]) for s in sites if (s.position // 10 + number) % 3]
        import_genomes(node, write_vcf(tmp_path / f"a{number}.vcf.gz", PEOPLE[half], part))
        part.sort(key=lambda s: (order.index(s.contig), s.position))
        import_genomes(other, write_vcf(tmp_path / f"b{number}.vcf.gz", PEOPLE[half], part))
    assert counted(node) == counted(other)
    for contig in order:
        found, expected = ([t.to_pylist() for t in count_genomes(n, Assembly.GRCh37, within=contig)] for n in (node, other))
        assert found == expected and sum(map(len, found)) == 30


def test_a_damaged_table_of_variants__is_never_counted(filled: Node, goe: Callable[..., Said]) -> None:
    path = filled.folder / "genomes/batch-1/variants.parquet"
    whole = path.read_bytes()
    for place_ in range(8, len(whole) - 8, max(1, len(whole) // 60)):
        path.write_bytes(whole[:place_] + bytes([whole[place_] ^ 4]) + whole[place_ + 1 :])
        said = goe("genomes", "count", "--dir", filled.folder, "--by", "sex")
        path.write_bytes(whole)
        if said.code:
            assert len(said.err.splitlines()) == 1 and "variants.parquet" in said.err, said.err
        else:  # a byte that says nothing of the variants, such as a statistic
            assert said.out == goe("genomes", "count", "--dir", filled.folder, "--by", "sex").out, place_


def stored_elsewhere(node: Node, url: str) -> Node:
    """The same node with its genomes at a URL."""
    (node.folder / "node.toml").write_text((node.folder / "node.toml").read_text() + f'\ngenomes = "{url}"\n')
    return open_node(node.folder, clock=clock)


def test_on_any_storage_of_fsspec__the_same_is_counted(filled: Node, tmp_path: Path) -> None:
    expected, url = counted(filled), f"memory://{tmp_path.name}"
    there = stored_elsewhere(filled, url)
    assert there.genomes.batches() == []
    import_genomes(there, write_vcf(tmp_path / "x.vcf.gz", PEOPLE, some_sites(1)))
    assert counted(there) == expected and not verify_genomes(there).faults
    assert import_genomes(there, tmp_path / "x.vcf.gz").new is False
    storage = place(url)
    assert isinstance(storage, Bucket)
    storage.below("batch-2").put(filled.folder / "genomes/batch-1", last="no such file")
    half = Genomes(filled.folder / "genomes", url)
    storage._storage[0].rm_file(storage._path("batch-2/manifest.json"))
    assert [b.batch_id for b in half.batches()] == ["batch-1"], "a copy that was cut short does not count"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a bucket on a stand-in for S3 on this machine."""
    pytest.importorskip("s3fs", reason="the extra s3 is not installed")
    server = pytest.importorskip("moto.server", reason="the stand-in for S3 is not installed").ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {"ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x", "ENDPOINT_URL": f"http://{host}:{port}"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    import s3fs

    s3fs.S3FileSystem(skip_instance_cache=True).mkdir("genomes")
    yield "s3://genomes/FI"
    server.stop()


def test_on_s3__the_same_is_counted(filled: Node, tmp_path: Path, s3: str) -> None:
    expected = counted(filled)
    there = stored_elsewhere(filled, s3)
    import_genomes(there, write_vcf(tmp_path / "x.vcf.gz", PEOPLE, some_sites(1)))
    assert counted(there) == expected and not verify_genomes(there).faults


def test_a_full_disk__leaves_the_store_as_it_was(filled: Node, tmp_path: Path) -> None:
    """Simulated by a limit on the size of files, which fails like a full disk: in the middle of writing."""
    vcf = write_vcf(tmp_path / "y.vcf.gz", PEOPLE, some_sites(2, 3000))
    before = {p: p.read_bytes() for p in filled.folder.rglob("*") if p.is_file()}

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    command = [*GOE, "genomes", "import", str(vcf), "--dir", str(filled.folder)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=small_files, check=False)
    said = Said(done.returncode, done.stdout, done.stderr)
    assert said.code == 1 and said.err.startswith("goe: ") and "too large" in said.err.lower(), said
    after = {p: p.read_bytes() for p in filled.folder.rglob("*") if p.is_file()}
    assert after == before


STORE = REPOSITORY / "tests/regression/store"


def test_a_store_of_the_first_format__reads_the_same(tmp_path: Path) -> None:
    """The folder was written by goe 0.1; every later version must count the same genotypes in it, byte for byte of text."""
    copied = shutil.copytree(STORE, tmp_path / "store")
    subprocess.run([*GOE, "node", "upgrade", "--dir", str(copied / "FI")], capture_output=True, check=True)
    command = [*GOE, "genomes", "count", "--dir", str(copied / "FI"), "--by", "sex"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == (STORE / "counts.tsv").read_text()
    batch = StoredBatch(copied / "FI/genomes/batch-1")
    codes = np.concatenate([unpack(b.packed) for b in batch.blocks()])
    expected = np.loadtxt(STORE / "codes.txt", dtype=np.uint8)
    assert np.array_equal(codes, expected)
    assert not verify_genomes(open_node(copied / "FI")).faults


def write_the_fixture(folder: Path, scratch: Path) -> None:
    """How tests/regression/store was made; to be run for a new format only."""
    node = create_node(folder / "FI", "FI", disclosure_class=DisclosureClass.OPEN, clock=clock)[0]
    node.registry.enrol([person(node, i + 1, "FMU"[i % 3], name) for i, name in enumerate(PEOPLE)])
    import_genomes(node, write_vcf(scratch / "x.vcf.gz", PEOPLE, some_sites(1)))
    done = subprocess.run(
        [*GOE, "genomes", "count", "--dir", str(folder / "FI"), "--by", "sex"], capture_output=True, text=True, check=True
    )
    (folder / "counts.tsv").write_text(done.stdout)
    shutil.rmtree(folder / "FI/keys")  # no key is kept in a repository
    codes = np.concatenate([unpack(b.packed) for b in node.genomes.batch("batch-1").blocks()])
    np.savetxt(folder / "codes.txt", codes, fmt="%d", delimiter=" ")
