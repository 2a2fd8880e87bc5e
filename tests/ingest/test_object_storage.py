"""Snapshots that are kept in object storage, and extracts that lie there."""

import re
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import boto3
import duckdb
import duckdb_extension_httpfs
import pytest
from moto.server import ThreadedMotoServer
from pydantic import ValidationError

from callsheet.erp.source import Unavailable
from callsheet.errors import ConfigurationInvalid, PullRejected, StoreFailed
from callsheet.object_storage import StorageUnavailable
from callsheet.settings import Settings, Source
from callsheet.settings_file import read_settings
from callsheet.snapshots import snapshot
from callsheet.snapshots.clearings import CLEARED, clearings_of
from callsheet.snapshots.freshest import receivables
from callsheet.snapshots.kept import KeptSnapshots
from callsheet.snapshots.snapshot import SnapshotRef
from callsheet.store.warehouse import Warehouse
from callsheet.validation.reasons import REASONS
from callsheet.validation.validated import Validated

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)
FEW = [reason for reason in REASONS if reason.code in {"no_due_date", "reopened"}]
NOBODY = "s3://callsheet/lake?scheme=http&region=us-east-1&endpoint_override=127.0.0.1:9"


@pytest.fixture(scope="module")
def server():
    """A server that answers as S3 does, with one empty bucket."""
    standing = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    standing.start()
    host, port = standing.get_host_and_port()
    yield f"http://{host}:{port}"
    standing.stop()


@pytest.fixture(scope="module")
def bucket(server):
    """The bucket `callsheet`, and the keys to it where the provider's own tools look for them."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "key")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        client = boto3.resource("s3", endpoint_url=server, region_name="us-east-1")
        made = client.Bucket("callsheet")
        made.create()
        yield made


@pytest.fixture(scope="module")
def url(server, bucket):
    return f"s3://callsheet/lake?scheme=http&region=us-east-1&endpoint_override={server[7:]}"


@dataclass
class Company:
    """Two days of a company that keeps its snapshots in object storage."""

    settings: Settings
    monday: SnapshotRef
    tuesday: SnapshotRef
    validated: Validated  # Tuesday's

    @property
    def lake(self) -> Path:
        return self.settings.home / "lake"


@pytest.fixture(scope="module")
def company(new_extract, url):
    extract = new_extract()
    settings = Settings(home=extract.home, lake_url=url, sources=(extract.source,))
    monday = publish(judged(extract, settings, MONDAY), settings, MONDAY)
    lines = (extract.folder / "extract" / "items.csv").read_text().splitlines()
    extract.only_items(line for line in lines[1:] if "INV-2" not in line)
    validated = judged(extract, settings, TUESDAY)
    return Company(settings, monday, publish(validated, settings, TUESDAY), validated)


@pytest.fixture
def elsewhere(company, tmp_path):
    """The same company on another machine: its warehouse, and an empty disk beside it."""
    home = tmp_path / "elsewhere"
    home.mkdir()
    shutil.copy(company.settings.home / "warehouse.duckdb", home)
    return company.settings.model_copy(update={"home": home})


def judged(extract, settings, day):
    kept, warehouse = KeptSnapshots.of(settings), Warehouse.of(settings)
    with warehouse.reading() as tx:
        before = snapshot.last_before(tx, "erp", day)
        clearings = clearings_of(tx, "erp", kept)
    return extract.validate(snapshot.files_of(before, kept, clearings), FEW, as_of=day)


def publish(validated, settings, day):
    moment = datetime(day.year, day.month, day.day, 5, 30, tzinfo=UTC)
    kept = KeptSnapshots.of(settings)
    return snapshot.publish(validated, Warehouse.of(settings), kept, day, moment)


def objects(bucket, folder):
    """What lies in a folder of the bucket: names and bytes."""
    found = bucket.objects.filter(Prefix=f"lake/{folder}/")
    return {one.key.rpartition("/")[2]: one.get()["Body"].read() for one in found}


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_published_snapshot_lies_whole_in_the_bucket(company, bucket):
    for ref in (company.monday, company.tuesday):
        assert objects(bucket, ref.folder) == files(company.lake / ref.folder)


def test_another_machine_finds_the_snapshot_and_reads_it(company, elsewhere):
    with Warehouse.of(elsewhere).reading() as tx:
        con = receivables(tx, elsewhere, MONDAY)
        items = con.sql("select item from open_items order by item").fetchall()
    assert [item for (item,) in items] == ["FR01/CN-1", "FR01/INV-1", "FR01/INV-2", "UK01/INV-1"]
    folder = company.monday.folder
    assert files(elsewhere.home / "lake" / folder) == files(company.lake / folder)
    assert not (elsewhere.home / "lake" / company.tuesday.folder).exists(), "nobody asked for it"


def test_another_machine_knows_what_was_cleared_without_every_old_snapshot(company, elsewhere):
    with Warehouse.of(elsewhere).reading() as tx:
        [cleared] = clearings_of(tx, "erp", KeptSnapshots.of(elsewhere))
    folder = company.tuesday.folder
    assert cleared.read_bytes() == (company.lake / folder / CLEARED).read_bytes()
    assert not (elsewhere.home / "lake" / folder).exists(), "only that one file was brought"


@pytest.mark.parametrize("spoilt", ["open_items.parquet", "manifest.json"])
def test_a_file_that_was_changed_in_the_bucket_is_not_read(spoilt, company, elsewhere, bucket):
    folder = company.monday.folder
    one = bucket.Object(f"lake/{folder}/{spoilt}")
    before = one.get()["Body"].read()
    one.put(Body=before.replace(b"FR01", b"FR02"))
    with pytest.raises(StoreFailed, match=f"not what was published: .*{spoilt}"):
        KeptSnapshots.of(elsewhere).folder(folder)
    one.put(Body=before)
    assert not (elsewhere.home / "lake" / folder).exists()
    assert KeptSnapshots.of(elsewhere).folder(folder).exists(), "mended, it is brought"


def test_what_was_cleared_is_not_read_when_it_was_changed_in_the_bucket(company, elsewhere, bucket):
    one = bucket.Object(f"lake/{company.tuesday.folder}/{CLEARED}")
    before = one.get()["Body"].read()
    one.put(Body=before + b"more")
    kept = KeptSnapshots.of(elsewhere)
    with Warehouse.of(elsewhere).reading() as tx:
        with pytest.raises(StoreFailed, match=f"not what was published: {CLEARED}"):
            clearings_of(tx, "erp", kept)
        one.put(Body=before)
        [cleared] = clearings_of(tx, "erp", kept)
    assert cleared.read_bytes() == before, "mended, it is brought"


def test_a_snapshot_that_is_not_in_the_bucket_is_said_to_be_missing(company, elsewhere):
    gone = f"{company.monday.folder}0"
    with pytest.raises(StoreFailed, match=re.escape(f"{gone}: the snapshot is not there")):
        KeptSnapshots.of(elsewhere).folder(gone)


def test_nothing_counts_while_the_object_storage_does_not_answer(company, tmp_path):
    alone = company.settings.model_copy(update={"home": tmp_path, "lake_url": NOBODY})
    validated = replace(company.validated, previous=None)
    with pytest.raises(StorageUnavailable, match="s3://callsheet/lake: the object storage cannot"):
        publish(validated, alone, TUESDAY)
    count = "select count(*) from snapshot"
    with Warehouse.of(alone).reading() as tx:
        assert tx.fetch(count) == [(0,)]
    publish(validated, alone.model_copy(update={"lake_url": company.settings.lake_url}), TUESDAY)
    with Warehouse.of(alone).reading() as tx:
        assert tx.fetch(count) == [(1,)]


def test_an_analyst_reads_the_snapshots_where_they_are_kept(company, server):
    [extension] = Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension")
    place = f"s3://callsheet/lake/{company.monday.folder}/open_items.parquet"
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as con:
        con.load_extension(str(extension))
        con.execute(
            "create secret (type s3, provider config, key_id 'key', secret 'secret',"
            f" region 'us-east-1', url_style 'path', use_ssl false, endpoint '{server[7:]}')"
        )
        rows = con.sql(f"select count(*) from read_parquet('{place}')").fetchall()
    assert rows == [(4,)]


@pytest.fixture
def in_the_bucket(extract, url, bucket):
    """The source whose files lie in the bucket, and no longer here."""
    bucket.objects.filter(Prefix="drop/").delete()
    for path in (extract.folder / "extract").iterdir():
        bucket.upload_file(str(path), f"drop/{path.name}")
    whole = extract.pull()
    shutil.rmtree(extract.folder / "extract")
    address = url.replace("/lake?", "/drop?")
    return whole, Source(name="erp", url=address, mapping=extract.source.mapping)


def test_an_extract_in_the_bucket_is_the_delivery_it_would_be_in_a_folder(extract, in_the_bucket):
    whole, source = in_the_bucket
    staged = extract.pull_from(source)
    assert staged.delivery == whole.delivery
    with duckdb.connect() as con:
        found = con.read_parquet(str(staged.folder / "open_items.parquet")).fetchall()
    assert len(found) == 4


def test_only_what_the_mapping_names_is_brought_from_the_bucket(extract, in_the_bucket, bucket):
    _, source = in_the_bucket
    before = extract.pull_from(source).delivery
    bucket.Object("drop/payroll.csv").put(Body=b"nobody's business")
    bucket.Object("drop/below/items.csv").put(Body=b"another folder's")
    assert extract.pull_from(source).delivery == before


def test_a_delivery_in_the_bucket_waits_for_its_marker(extract, in_the_bucket, bucket):
    _, source = in_the_bucket
    extract.mapping["pull"] = {**extract.mapping.get("pull", {}), "done_marker": "*.done"}
    source = source.model_copy(update={"mapping": extract.source.mapping})
    with pytest.raises(PullRejected, match=r"s3://callsheet/drop: \*\.done is not there yet"):
        extract.pull_from(source)
    bucket.Object("drop/2026-11-16.done").put(Body=b"")
    assert extract.pull_from(source).rows_in["open_items"] == 4


def test_a_file_missing_in_the_bucket_is_told_by_the_address_a_person_knows(
    extract, in_the_bucket, bucket
):
    _, source = in_the_bucket
    bucket.Object("drop/items.csv").delete()
    with pytest.raises(PullRejected, match=r"items\.csv: no such file in s3://callsheet/drop$"):
        extract.pull_from(source)


def test_a_bucket_that_does_not_answer_is_an_erp_that_does_not_answer(extract, in_the_bucket):
    _, source = in_the_bucket
    silent = source.model_copy(update={"url": NOBODY})
    with pytest.raises(Unavailable, match="s3://callsheet/lake: the object storage"):
        extract.pull_from(silent)


def test_a_source_lies_in_one_place(extract, in_the_bucket):
    _, source = in_the_bucket
    for places in ({"folder": extract.folder}, {"url": None}):
        with pytest.raises(ConfigurationInvalid, match=r"not said where .*, or .* twice"):
            extract.pull_from(source.model_copy(update=places))


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://bucket/lake", "begins with one of s3://"),
        ("/var/lake", "begins with one of s3://"),
        ("s3://key:secret@bucket/lake", "keys belong in the environment"),
        ("gs://key@bucket/lake", "keys belong in the environment"),
        ("abfss://:secret@account.dfs.core.windows.net/lake", "keys belong in the environment"),
        ("abfss://lake@account.dfs.core.windows.net/?client_secret=x", "keys belong in the env"),
    ],
)
def test_an_address_of_object_storage_holds_no_keys(address, told):
    with pytest.raises(ValidationError, match=told):
        Settings(lake_url=address)


def test_the_container_of_an_azure_address_is_no_key():
    url = "abfss://lake@account.dfs.core.windows.net/snapshots"
    assert Settings(lake_url=url).lake_url == url


def test_a_refused_address_is_not_shown_with_its_keys(tmp_path):
    file = tmp_path / "callsheet.yaml"
    file.write_text("lake_url: s3://key:hUsh-77@bucket/lake\n")
    with pytest.raises(ConfigurationInvalid, match="keys belong in the environment") as refused:
        read_settings(file, {})
    assert "hUsh-77" not in str(refused.value)
