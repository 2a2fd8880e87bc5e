"""Is an assignment predicate true of one customer? Three-valued: unknown is not true.

Reads the small language of the assignment rules (and, or, not, comparisons, in, between, like,
is null) straight from its text, one character group at a time.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

Value = str | Decimal | bool | None

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<quoted>\"[^\"]+\")"
    r"|(?P<word>[A-Za-z_][A-Za-z_0-9.]*)|(?P<sign><>|!=|<=|>=|=|<|>|\(|\)|,))"
)


def is_true(predicate: str, customer: Mapping[str, object]) -> bool:
    """Say whether the predicate is true; a missing attribute is unknown, never an error."""
    reader = _Reader(predicate, customer)
    answer = reader.alternatives()
    if reader.left:
        raise ValueError(f"not understood in {predicate!r}: {reader.left}")
    return answer is True


def _words(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"not understood in {text!r} from {text[place:]!r}")
        kind = match.lastgroup or ""
        found.append((kind, match.group(kind)))
        place = match.end()
    return found


class _Reader:
    """Reads a predicate from left to right; each method answers True, False or None (unknown)."""

    def __init__(self, text: str, customer: Mapping[str, object]) -> None:
        self.left = _words(text)
        self.customer = {name.lower(): value for name, value in customer.items()}

    def next_is(self, *words: str) -> bool:
        return bool(self.left) and self.left[0][1].lower() in words and self.left[0][0] != "text"

    def take(self, *words: str) -> bool:
        if self.next_is(*words):
            self.left.pop(0)
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.take(word):
            raise ValueError(f"expected {word} before {self.left}")

    def alternatives(self) -> bool | None:
        answer = self.conjunction()
        while self.take("or"):
            other = self.conjunction()
            if answer is True or other is True:
                answer = True
            elif answer is None or other is None:
                answer = None
            else:
                answer = False
        return answer

    def conjunction(self) -> bool | None:
        answer = self.negation()
        while self.take("and"):
            other = self.negation()
            if answer is False or other is False:
                answer = False
            elif answer is None or other is None:
                answer = None
            else:
                answer = True
        return answer

    def negation(self) -> bool | None:
        if self.take("not"):
            return _opposite(self.negation())
        if self.take("("):
            answer = self.alternatives()
            self.expect(")")
            return answer
        return self.comparison()

    def comparison(self) -> bool | None:
        left = self.value()
        if self.take("is"):
            denied = self.take("not")
            if self.take("true"):
                return (left is True) is not denied
            if self.take("false"):
                return (left is False) is not denied
            self.expect("null")
            return (left is None) is not denied
        denied = self.take("not")
        if self.take("in"):
            return _opposite(self.among(left)) if denied else self.among(left)
        if self.take("between"):
            low = self.value()
            self.expect("and")
            high = self.value()
            answer = _both(_compared(left, ">=", low), _compared(left, "<=", high))
            return _opposite(answer) if denied else answer
        if self.next_is("like", "ilike"):
            folds = self.left.pop(0)[1].lower() == "ilike"
            answer = _like(left, self.value(), folds)
            return _opposite(answer) if denied else answer
        if self.next_is("=", "<>", "!=", "<", ">", "<=", ">="):
            sign = self.left.pop(0)[1]
            return _compared(left, sign, self.value())
        return left if isinstance(left, bool) else None

    def among(self, left: Value) -> bool | None:
        self.expect("(")
        answer = _compared(left, "=", self.value())
        while self.take(","):
            other = _compared(left, "=", self.value())
            if answer is True or other is True:
                answer = True
            elif answer is None or other is None:
                answer = None
        self.expect(")")
        return answer

    def value(self) -> Value:
        kind, text = self.left.pop(0)
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return Decimal(text)
        word = text.strip('"').lower()
        if kind == "word" and word in ("true", "false"):
            return word == "true"
        if kind == "word" and word == "null":
            return None
        if kind not in ("word", "quoted"):
            raise ValueError(f"a value was expected, found {text}")
        found = self.customer.get(word)
        if found is None or isinstance(found, bool | str | Decimal):
            return found
        return Decimal(str(found))


def _opposite(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _compared(left: Value, sign: str, right: Value) -> bool | None:
    if left is None or right is None:
        return None
    if isinstance(left, Decimal) != isinstance(right, Decimal):
        try:
            left, right = Decimal(str(left)), Decimal(str(right))
        except InvalidOperation:
            return None
    before, same = left < right, left == right  # type: ignore[operator]
    return {
        "=": same,
        "<>": not same,
        "!=": not same,
        "<": before,
        "<=": before or same,
        ">": not before and not same,
        ">=": not before,
    }[sign]


def _like(left: Value, pattern: Value, folds: bool) -> bool | None:
    if left is None or pattern is None:
        return None
    expression = "".join(
        ".*" if sign == "%" else "." if sign == "_" else re.escape(sign) for sign in str(pattern)
    )
    flags = re.DOTALL | (re.IGNORECASE if folds else 0)
    return re.fullmatch(expression, str(left), flags) is not None
