"""What a person types into the form, and when it is no answer."""

import pytest

from callsheet.desk.answering import Choice, read_answer
from callsheet.errors import UsageInvalid

ONE, TWO, THREE = "aaaaaaaa-1", "aaaaaaaa-2", "bbbbbbbb-1"
LIST = (ONE, TWO, THREE)


def test_all_leaves_nothing_out():
    answer = read_answer(Choice.ALL, " ", " Claire Moreau ", "", LIST)

    assert (answer.name, answer.left) == ("Claire Moreau", frozenset())


def test_ids_stand_between_commas_blanks_or_lines():
    answer = read_answer(Choice.ALL_BUT, f"{ONE},\n bbbbbb ; {TWO}", "Claire", "", LIST)

    assert answer.left == {ONE, TWO, THREE}


def test_none_leaves_every_line_to_the_next_list():
    assert read_answer(Choice.NONE, "", "Claire", "tomorrow", LIST).left == set(LIST)


@pytest.mark.parametrize(
    ("choice", "lines", "name", "found"),
    [
        ("Send all of it", "", "Claire", "choose one of"),
        ("", "", "Claire", "choose one of"),
        (Choice.ALL, "", "  ", "name of who confirms is missing"),
        (Choice.ALL, "", "Claire\u2028Moreau", "holds a character"),
        (Choice.ALL, "", "C" * 101, "longer than 100"),
        (Choice.ALL, ONE, "Claire", "yet lines to leave out are named"),
        (Choice.NONE, ONE, "Claire", "yet lines to leave out are named"),
        (Choice.ALL_BUT, "", "Claire", "name the lines to leave out"),
        (Choice.ALL_BUT, "cccccc", "Claire", "no line begins so"),
        (Choice.ALL_BUT, "aaaaaaaa", "Claire", "several lines begin so"),
        (Choice.ALL_BUT, "aa", "Claire", "at least 6 characters"),
    ],
)
def test_what_is_not_clear_is_no_answer(choice, lines, name, found):
    with pytest.raises(UsageInvalid, match=found):
        read_answer(choice, lines, name, "", LIST)


def test_everything_that_is_unclear_is_said_at_once():
    with pytest.raises(UsageInvalid) as told:
        read_answer("perhaps", "cccccc dddddd", "", "", LIST)

    assert len(str(told.value).splitlines()) == 4
