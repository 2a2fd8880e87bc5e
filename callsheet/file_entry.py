"""A mapping inside a configuration file: each value read as one kind, each fault gathered."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from callsheet.fault import Fault
from callsheet.strict_yaml import Document

Choice = TypeVar("Choice", bound=StrEnum)

_LANGUAGE = re.compile(r"[a-z]{2}")
_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,3})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_SIGNED = re.compile(r"[+-]\d{1,4}|0")


class FileEntry:
    """One mapping of a file. `label` names it to a person; faults go to the list it was given."""

    def __init__(
        self,
        file: str,
        document: Document,
        path: tuple[str | int, ...],
        content: Mapping[str, object],
        faults: list[Fault],
        *,
        label: str = "",
    ) -> None:
        self._file = file
        self._document = document
        self._path = path
        self._content = content
        self._faults = faults
        self._label = label

    def get(self, key: str) -> object:
        """Return the value of `key` as it was written, None when it is absent."""
        return self._content.get(key)

    def has(self, key: str) -> bool:
        """Say whether `key` is written."""
        return key in self._content

    def fault(self, key: str | None, what: str, found: object, do: str) -> None:
        """Note that `key` (None: the whole entry) is wrong."""
        path = self._path if key is None else (*self._path, key)
        line = f"line {self._document.line(*path)}"
        where = ", ".join(part for part in (self._file, self._label, line) if part)
        shown = found if isinstance(found, str) else "nothing" if found is None else repr(found)
        self._faults.append(Fault(where, what, shown, do))

    def refuse_unknown(self, known: frozenset[str]) -> None:
        """Note every key that is not one of `known`."""
        for key in self._content:
            if key not in known:
                do = f"correct or remove it; known: {', '.join(sorted(known))}"
                self.fault(key, "unknown key", key, do)

    def word(self, key: str, shape: re.Pattern[str]) -> str:
        """Return a word of the given shape; '' and a fault when it is not one."""
        found = self.get(key)
        if isinstance(found, str) and shape.fullmatch(found):
            return found
        what = f"{key} is missing" if found is None else f"{key} has an unexpected shape"
        self.fault(key, what, found, f"write `{key}:` like this: {shape.pattern}")
        return ""

    def text(self, key: str) -> str:
        """Return one line of text; '' and a fault when it is not one."""
        found = self.get(key)
        if isinstance(found, str) and found.strip() and found.isprintable():
            return found
        what = f"{key} is missing" if found is None else f"{key} is not one line of text"
        self.fault(key, what, found, f"write `{key}:` as people read it")
        return ""

    def language(self, key: str = "language") -> str | None:
        """Return a language of two letters, None when it is not written."""
        return (self.word(key, _LANGUAGE) or None) if self.has(key) else None

    def flag(self, key: str) -> bool:
        """Return yes or no; absent is no."""
        found = self._content.get(key, False)
        if not isinstance(found, bool):
            self.fault(key, f"{key} is yes or no", found, "write true or false")
        return found is True

    def signed_day(self, key: str) -> int:
        """Return a number of days whose sign is written; 0 and a fault when it is not."""
        found = self.get(key)
        if isinstance(found, str) and _SIGNED.fullmatch(found):
            return int(found)
        bare = isinstance(found, str) and found.isdecimal()
        do = f"write the sign: +{found}" if bare else "write days from the due date: -10, +4"
        self.fault(key, f"{key} is not a number with its sign", found, do)
        return 0

    def days(self, key: str) -> int | None:
        """Return a number of days from 1 to 365, None when it is not written."""
        found = self.get(key)
        if not self.has(key):
            return None
        if isinstance(found, str) and found.isdecimal() and 0 < int(found) < 366:
            return int(found)
        self.fault(key, f"{key} is not a number of days", found, "write 1 to 365")
        return None

    def amounts(self, key: str) -> Decimal | dict[str, Decimal] | None:
        """Return an amount or amounts per currency, None when it is not written."""
        found = self.get(key)
        if not self.has(key):
            return None
        if isinstance(found, str) and _AMOUNT.fullmatch(found):
            return Decimal(found)
        if isinstance(found, dict) and found and all(map(_is_amount, found.items())):
            return {currency: Decimal(str(text)) for currency, text in sorted(found.items())}
        do = "write 150.00, or {EUR: 150.00, GBP: 120.00}"
        self.fault(key, f"{key} is not an amount", found, do)
        return None

    def choice(self, key: str, kind: type[Choice]) -> Choice | None:
        """Return one of the words of `kind`; None and a fault when it is not one."""
        found = self.get(key)
        if isinstance(found, str) and found in set(kind):
            return kind(found)
        what = f"{key} is missing" if found is None else f"unknown {key}"
        self.fault(key, what, found, f"write one of: {', '.join(kind)}")
        return None


def _is_amount(pair: tuple[object, object]) -> bool:
    currency, text = pair
    return bool(_CURRENCY.fullmatch(str(currency)) and _AMOUNT.fullmatch(str(text)))
