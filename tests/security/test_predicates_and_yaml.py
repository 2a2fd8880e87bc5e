"""Hostile conditions and hostile files: refused before anything of them is run or built."""

import pytest

from callsheet.erp.mapping_file import load_mapping
from callsheet.errors import CallsheetError, ConfigurationInvalid
from callsheet.scenarios.assignment import load_rules
from callsheet.scenarios.predicate import PredicateRefused, check
from callsheet.scenarios.scenario import load_scenario
from callsheet.settings_file import read_settings

CONDITIONS = {
    "two sentences": "true; drop table event",
    "a comment that hides": "true -- and nature = 'public'",
    "a block comment": "true /* */ or exists(select 1)",
    "every column": "columns(*) is not null",
    "the environment": "getenv('HOME') <> ''",
    "a setting": "current_setting('home_directory') <> ''",
    "another database": "exists(from 'postgres://x')",
    "writes a file": "exists(copy (select 1) to '/tmp/x')",
    "loads code": "exists(load httpfs)",
    "a window": "row_number() over () = 1",
    "an aggregate": "count(*) > 0",
    "grows by concatenation": "concat(customer, customer, customer) = 'x'",
    "grows by replacing": "replace(customer, '', 'xxxxxxxxxx') = 'x'",
    "a pattern that backtracks": "customer similar to '(x+x+)+y'",
    "unpacks": "unnest([1, 2, 3]) = 1",
    "a struct": "{'a': customer}.a = 'x'",
    "a type of its own": "customer::json is not null",
    "a parameter": "customer = $1",
    "quoted identifier": '"customer" = \'x\' or "secret" = 1',
    "unicode look-alike": "n\u0430ture = 'public'",
    "sealed": "name like 'A%'",
    "sealed by another case": "NAME = 'Martin'",
    "deep": "(" * 200 + "true" + ")" * 200,
}


@pytest.mark.parametrize("text", CONDITIONS.values(), ids=CONDITIONS.keys())
def test_a_hostile_condition_is_refused(text):
    with pytest.raises(PredicateRefused) as refused:
        check(text)
    assert "do  " in str(refused.value)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + no)}: &{chr(98 + no)} [{', '.join([f'*{chr(97 + no)}'] * 9)}]\n" for no in range(8)
)
FILES = {
    "billion laughs": BOMB,
    "code by a tag": "key: !!python/object/apply:os.system ['id']\n",
    "another tag": "key: !!binary aGk=\n",
    "written twice": "key: a\nkey: b\n",
    "a merge": "base: &b {key: a}\nother:\n  <<: *b\n",
    "contains itself": "key: &k [*k]\n",
    "too deep": "[" * 500 + "]" * 500,
    "a second document": "key: a\n---\nkey: b\n",
    "too large": "key: " + "x" * 300_000,
    "not text": "key: \x00\n",
    "a list as a key": "? [a, b]\n: c\n",
}
READERS = {
    "settings": lambda path: read_settings(path, {}),
    "scenario": load_scenario,
    "mapping": load_mapping,
    "rules": lambda path: load_rules(path, {}),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_a_hostile_file_is_refused_by_whoever_reads_it(tmp_path, reader, text):
    place = tmp_path / "hostile.yaml"
    place.write_text(text)
    with pytest.raises(ConfigurationInvalid) as refused:
        reader(place)
    assert isinstance(refused.value, CallsheetError)
    assert len(str(refused.value)) < 5_000
