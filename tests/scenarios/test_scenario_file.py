"""Scenario files: what a collector may write, and what they are told when it is wrong."""

import textwrap
from decimal import Decimal
from pathlib import Path

import pytest

from callsheet.errors import ConfigurationInvalid
from callsheet.scenarios.scenario import load_scenario, load_scenarios
from callsheet.strict_yaml import parse_yaml
from callsheet.vocabulary import Mode

# fmt: off
# ruff: noqa: E501  # a step on a line, as a collector writes it
GOOD = """\
    # A comment.
    key: gentle
    name: Gentle
    language: en
    steps:
      - {key: email-1, day: +4, title: First mail, action: email, template: reminder_1, mode: automatic}
      - {key: phone-1, day: +7, title: Call, action: phone, template: ask_for_a_date}
      - {key: notice, day: +43, title: Notice, action: registered_letter, template: formal_notice, min_claim: {EUR: 150.00}}
"""
# fmt: on


def _write(folder: Path, text: str, name: str = "gentle") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def _told(path: Path) -> str:
    with pytest.raises(ConfigurationInvalid) as refused:
        load_scenario(path)
    return str(refused.value)


def test_a_good_file_is_read_with_its_defaults(tmp_path: Path):
    scenario = load_scenario(_write(tmp_path, GOOD))

    assert [step.day for step in scenario.steps] == [4, 7, 43]
    assert scenario.step("phone-1").mode is Mode.MANUAL
    assert scenario.step("notice").mode is Mode.TO_CONFIRM
    assert scenario.step("notice").legal
    assert scenario.step("notice").min_claim == {"EUR": Decimal("150.00")}


def test_the_version_is_the_hash_of_the_content_and_of_nothing_else(tmp_path: Path):
    version = load_scenario(_write(tmp_path, GOOD)).version

    reworded = GOOD.replace("# A comment.", "# Another.").replace("150.00", "150.0")
    assert load_scenario(_write(tmp_path, reworded)).version == version
    moved = GOOD.replace("day: +43", "day: +44")
    assert load_scenario(_write(tmp_path, moved)).version != version
    assert len(version) == 64


def test_a_scenario_without_steps_is_legitimate(tmp_path: Path):
    scenario = load_scenario(_write(tmp_path, "key: gentle\nname: Gentle\nsteps: []\n"))

    assert scenario.steps == ()


def test_every_error_of_every_file_is_told_at_once_with_step_and_remedy(tmp_path: Path):
    _write(tmp_path, GOOD.replace("day: +4,", "day: 4,").replace("action: phone", "action: call"))
    _write(tmp_path, "key: other\nname: Other\nsteps: 7\n", name="other")

    with pytest.raises(ConfigurationInvalid) as refused:
        load_scenarios(tmp_path)

    told = str(refused.value)
    assert "gentle.yaml, step email-1 (day 4), line 6: day is not a number with its sign" in told
    assert "do           write the sign: +4" in told
    assert "step phone-1 (day +7), line 7: unknown action" in told
    assert "other.yaml, line 3: no list of steps" in told
    assert told.count("  do  ") == 3


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("day: +7", "day: +4", "days must rise strictly"),
        ("day: +7", "day: +3", "day +3 after email-1 at day +4"),
        ("key: phone-1", "key: email-1", "used twice in the scenario"),
        ("title: Call, ", "", "title is missing"),
        ("template: ask_for_a_date", "delay_days: 3", "template is missing"),
        ("action: email,", "action: email, internal: maybe,", "internal is yes or no"),
        ("formal_notice", "formal_notice, mode: automatic", "only after a person says yes"),
        ("ask_for_a_date", "ask_for_a_date, mode: automatic", "a person's work"),
        ("formal_notice", "formal_notice, legal: false", "legal by its action"),
        ("formal_notice", "formal_notice, penalties: yes", "unknown effect"),
        ("min_claim: {EUR: 150.00}", "min_claim: -5", "min_claim is not an amount"),
        ("min_claim: {EUR: 150.00}", "min_claim: {euro: 1}", "min_claim is not an amount"),
        ("key: gentle", "key: harsh", "the key is not the file's name"),
        ("template: reminder_1", "template: ../../etc/passwd", "unexpected shape"),
        ("language: en", "language: english", "unexpected shape"),
        ("ask_for_a_date", "ask_for_a_date, delay_days: 0", "not a number of days"),
        ("title: Call", 'title: "Call\\u2028Bcc"', "not one line of text"),
    ],
)
def test_a_wrong_value_is_refused(tmp_path: Path, before: str, after: str, what: str):
    assert before in GOOD

    assert what in _told(_write(tmp_path, GOOD.replace(before, after)))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (GOOD.replace("day: +7", "delay_day: 3, day: +7"), "unknown key"),
        (GOOD.replace("mode: automatic", "mode: automatic, day: +5"), "key day is written twice"),
        (GOOD + "    name: Again\n", "key name is written twice"),
        (GOOD + "    colour: red\n", "unknown key"),
    ],
)
def test_a_typo_in_a_key_or_a_key_written_twice_refuses_the_whole_file(
    tmp_path: Path, text: str, what: str
):
    assert what in _told(_write(tmp_path, text))


NESTED_ALIASES = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{after}: &{after} [{','.join([f'*{before}'] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: 1\nkey: !!python/object/apply:os.system [ls]\n", "line 2: tags are not allowed"),
        ("key: !!python/name:os.system\n", "tags are not allowed"),
        ("key: !custom x\n", "tags are not allowed"),
        (NESTED_ALIASES, "too many aliases"),
        ("a: &a [*a, *a]\n", "alias that contains itself"),
        ("a: &a {b: *a}\n", "alias that contains itself"),
        ("[" * 5000 + "]" * 5000, "nested too deep"),
        ("{a: " * 30 + "1" + "}" * 30, "nested too deep"),
        ("a: {<<: {b: 1}}\n", "a key must be a word"),
        ("? [a]\n: 1\n", "a key must be a word"),
        ("a: 1\n---\na: 2\n", "a second document"),
        ("a: [1\n", "not readable as YAML"),
        ("a: 'x\n", "not readable as YAML"),
        ("a: x\x00y\n", "a character YAML forbids"),
        ("a: " + "x" * 300_000, "too large"),
        ("a: *nobody\n", "not readable as YAML"),
        ("a: 1\na: 2\n", "line 2: key a is written twice"),
    ],
)
def test_a_file_that_attacks_its_reader_is_refused_with_its_line(text: str, what: str):
    with pytest.raises(ConfigurationInvalid, match=what) as refused:
        parse_yaml(text.encode(), "scenarios/x.yaml")

    assert str(refused.value).startswith("scenarios/x.yaml, line ")


def test_a_file_that_is_not_utf_8_is_refused_with_its_line():
    with pytest.raises(ConfigurationInvalid, match="line 2: not UTF-8"):
        parse_yaml("a: 1\nb: Société\n".encode("cp1252"), "x.yaml")


def test_words_stay_words_and_keep_their_sign():
    content = parse_yaml(
        b"a: no\nb: 12:30\nc: 2026-01-31\nd: +4\ne: 0012\nf: true\ng:\n", "x"
    ).content

    assert content == {
        "a": "no", "b": "12:30", "c": "2026-01-31", "d": "+4", "e": "0012", "f": True, "g": None,
    }  # fmt: skip


def test_a_folder_without_scenarios_says_so(tmp_path: Path):
    with pytest.raises(ConfigurationInvalid, match="no scenario here"):
        load_scenarios(tmp_path)
