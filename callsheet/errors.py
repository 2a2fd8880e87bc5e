"""One class for each decision a caller can take. A message says where, what, found, and do."""


class CallsheetError(Exception):
    """Something a person must read; `exit_code` is what the terminal ends with."""

    exit_code = 3


class ConfigurationInvalid(CallsheetError):
    """Settings, scenario, rule or template files are wrong: mend the file. Nothing was done."""

    exit_code = 2


class UsageInvalid(CallsheetError):
    """The command names something that does not exist or may not be done. Nothing was done."""

    exit_code = 2


class Busy(CallsheetError):
    """Another process holds the warehouse or the dispatch lock: try again later."""

    exit_code = 75


class PullRejected(CallsheetError):
    """A source's delivery cannot be trusted as a whole; the last good snapshot stays.

    `code` is the reason in lower case (`empty_file`, `missing_column` …).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Taken(CallsheetError):
    """Another writer has already taken this (subject, no): read again, then decide anew."""


class PlanContradicted(CallsheetError):
    """The same action was planned before with another content. Nothing was planned now."""


class StoreFailed(CallsheetError):
    """The warehouse broke off or cannot be read; what was not committed is not there."""


class OtherRelease(StoreFailed):
    """The warehouse's tables are of another release: migrate, or use the other version."""

    exit_code = 2


class StoreLost(StoreFailed):
    """The server is gone: whether the last commit was kept must be read back. Ask it again."""


class NoServer(Busy, StoreLost):
    """No server answers the call: it is being started again, or the setting is wrong."""


class MessageNotRenderable(CallsheetError):
    """One message cannot be written; the others go on.

    `code` is the reason in lower case: `missing_value`, `template_limit`, `template_refused`,
    `no_template`, `multi_recipient`, `address_unicode`, `address_format`, `control_char`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
