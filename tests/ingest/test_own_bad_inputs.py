"""What we add to the catalogue of bad inputs: rows and files as real exports give them."""

from copy import deepcopy

import pytest

from callsheet.erp.mapping_file import load_mapping
from callsheet.errors import ConfigurationInvalid, PullRejected
from callsheet.validation.judge import judge
from callsheet.validation.reasons import REASON_OF
from callsheet.validation.sorting import engine_over, laid_out

from .own_bad_files import FILES
from .own_bad_rows import AMOUNTS, CUSTOMERS, DAYS, ITEMS, amount, due

ITEM_HEADER = "Society;Number;Client;Kind;Issued;Due;Currency;Total;Open\n"
FILLERS = [amount("1.00").format(name=f"FILL-{no}") + "\n" for no in range(1_300)]


def row_of(rows, name):
    return rows[name][0].format(name=name)


def lines_of(header, rows):
    """Where each row begins in the file, and the file."""
    text, lines = header, {}
    for name in rows:
        lines[name] = text.count("\n") + 1
        text += row_of(rows, name) + "\n"
    return lines, text


@pytest.fixture(scope="module")
def judged(new_extract, read_rows):
    """Every bad row in one delivery: where it began, what was set aside, what was loaded."""
    extract = new_extract()
    begun, items = lines_of(ITEM_HEADER, ITEMS)
    extract.write("items.csv", items + "".join(FILLERS))
    customers = "Client;Name\nC1;Martin\nC2;Dubois\nC3;Smith\nC4;Durand\n"
    begun_customers, customers = lines_of(customers, CUSTOMERS)
    extract.write("customers.csv", customers)
    extract.write("contacts.csv", "Client;Mail;Phone;Main\nC1;a@martin.example;;yes\n")
    extract.table("disputes")["written"] = {"allow_empty": True}
    extract.write("disputes.csv", "Id;Client;Item;Since\n")
    validated = extract.validate()
    aside = read_rows(validated, "quarantine")
    loaded = {name: read_rows(validated, name) for name in ("open_items", "customers")}
    for counts in validated.counts.values():
        assert counts.rows_in == counts.loaded + counts.duplicates + counts.quarantined
    return {"open_items": begun, "customers": begun_customers}, aside, loaded


def handled(judged, table, rows, name):
    begun, aside, loaded = judged
    row, right = rows[name]
    line = begun[table][name]
    codes = sorted(r["code"] for r in aside if (r["table_name"], r["line"]) == (table, line))
    if isinstance(right, str):
        assert codes == right.split()
        return
    assert codes == []
    found = [one for one in loaded[table] if one.items() >= right.items()]
    if table == "open_items" and "{name}" in row:
        found = [one for one in found if one["number"] == name]
    assert len(found) == 1


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_as_exports_write_it(name, judged):
    handled(judged, "open_items", ITEMS, name)


@pytest.mark.parametrize("name", CUSTOMERS)
def test_a_customer_as_exports_write_it(name, judged):
    handled(judged, "customers", CUSTOMERS, name)


@pytest.fixture(scope="module")
def read_as_declared(new_extract, read_parquet):
    """Every amount and day, read in its notation: what it was read as, and why it is set aside."""
    values, codes = {}, {}
    notations = []
    for written, *_ in [*AMOUNTS.values(), *DAYS.values()]:
        if written not in notations:
            notations.append(written)
    for written in notations:
        staged = staged_in(new_extract(), written)
        for row in read_parquet(staged.folder / "open_items.parquet"):
            values[row["number"]] = row
        wrong = {
            right
            for notation, _, right in [*AMOUNTS.values(), *DAYS.values()]
            if notation == written and isinstance(right, str)
        }
        if wrong:
            reasons = [REASON_OF[code] for code in sorted(wrong)]
            with laid_out(staged, None) as con:
                judge(engine_over(con), con, reasons)
                faults = con.execute("select code, line from faults order by all").fetchall()
            lines = {row["line"]: number for number, row in values.items()}
            for code, line in faults:
                codes.setdefault(lines[line], set()).add(code)
    return values, codes


def staged_in(extract, written):
    """Stage the amounts and days of one notation."""
    in_days = [name for name, (notation, *_) in DAYS.items() if notation == written]
    in_amounts = [name for name, (notation, *_) in AMOUNTS.items() if notation == written]
    rows = [amount(AMOUNTS[name][1]).format(name=name) for name in in_amounts]
    rows += [due(DAYS[name][1]).format(name=name) for name in in_days]
    extract.written("open_items", **written)
    for other in ("contacts", "disputes", "customers"):
        del extract.mapping["tables"][other]
    extract.only_items(rows)
    return extract.pull()


@pytest.mark.parametrize("name", AMOUNTS)
def test_an_amount_in_its_declared_notation(name, read_as_declared):
    values, codes = read_as_declared
    right = AMOUNTS[name][2]
    if isinstance(right, str):
        assert (values[name]["amount"], codes[name]) == (None, {right})
    else:
        assert (values[name]["amount"], codes.get(name)) == (right, None)


@pytest.mark.parametrize("name", DAYS)
def test_a_day_in_its_declared_notation(name, read_as_declared):
    values, codes = read_as_declared
    right = DAYS[name][2]
    if isinstance(right, str):
        assert right in codes[name]
    else:
        assert (values[name]["due_date"], name in codes) == (right, False)


@pytest.fixture(scope="module")
def customers_alone(new_extract):
    """An extract of customers and nothing else, so that a file is read in little time."""
    extract = new_extract()
    tables = extract.mapping["tables"]
    extract.mapping["tables"] = {"customers": tables["customers"]}
    extract.mapping["entities"] = ["FR01"]
    plain = deepcopy(extract.mapping)

    def with_file(bad):
        extract.mapping = deepcopy(plain)
        extract.table("customers")["file"] = f"customers.{bad.ending}"
        extract.written("customers", **bad.written)
        path = extract.folder / "extract" / f"customers.{bad.ending}"
        path.unlink(missing_ok=True)
        if isinstance(bad.made, bytes):
            path.write_bytes(bad.made)
        else:
            bad.made(path)
        return extract

    return with_file


@pytest.mark.parametrize("name", FILES)
def test_a_file_as_exports_write_it(name, customers_alone, read_parquet):
    bad = FILES[name]
    extract = customers_alone(bad)
    if isinstance(bad.right, str):
        with pytest.raises(PullRejected) as refused:
            extract.pull()
        assert refused.value.code == bad.right
        assert bad.says in str(refused.value)
        assert f"customers.{bad.ending}" in str(refused.value), "it says which file"
        return
    rows = read_parquet(extract.pull().folder / "customers.parquet")
    assert {row["customer"]: row["name"] for row in rows} == bad.right


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ({"date": "dd/mm/yyyy"}, "dd/mm/yyyy"),
        ({"date": "%q"}, "%q"),
        ({"encoding": "base64"}, "base64"),
        ({"delimiter": ";;"}, ";;"),
        ({"quote": ""}, "quote"),
    ],
)
def test_a_notation_that_nothing_can_be_read_by_is_refused_before_a_file_is_opened(
    written, found, extract
):
    extract.written("customers", **written)
    with pytest.raises(ConfigurationInvalid, match="line") as refused:
        load_mapping(extract.source.mapping)
    assert found in str(refused.value)


def test_an_id_of_another_length_or_pattern_than_declared_is_set_aside(extract, read_rows):
    extract.mapping["ids"] = {"number": {"min_length": 4, "pattern": "[A-Z]+-[0-9]+"}}
    extract.add_items(
        *(
            f"FR01;{number};C1;invoice;2026-09-01;2026-10-01;EUR;10.00;10.00"
            for number in ("A-1", "INV_77", "INV-77")
        )
    )
    validated = extract.validate()
    aside = read_rows(validated, "quarantine")
    found = {(row["code"], row["found"]) for row in aside}
    assert found == {("id_format", "number A-1"), ("id_format", "number INV_77")}


def test_a_strange_character_that_the_mapping_itself_writes_is_found(extract):
    extract.table("open_items")["columns"]["order_reference"] = {"constant": "order\u202e"}
    validated = extract.validate()
    assert validated.by_code == {"control_char": validated.counts["open_items"].rows_in}


def test_a_pattern_of_ids_that_is_none_is_refused(extract):
    extract.mapping["ids"] = {"customer": {"pattern": "C(?=[0-9])["}}
    with pytest.raises(ConfigurationInvalid, match="no pattern"):
        load_mapping(extract.source.mapping)
