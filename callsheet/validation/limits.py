"""The limits that a mapping declares, as constants beside the values they hold for.

A constant is looked at once; a limit that is joined is looked at for every value, and a pattern
that is joined is compiled for every value.
"""

from datetime import date

from duckdb import ConstantExpression, Expression, FunctionExpression

from callsheet.erp.mapping import AmountRange, DateRange, IdRule


def id_limits(value: Expression, rule: IdRule) -> tuple[Expression, ...]:
    """Return whether an id has the length and the pattern that its rule declares."""
    fits = ConstantExpression(True)  # a constant of the query
    length = FunctionExpression("length", value)
    shortest = rule.length if rule.min_length is None else rule.min_length
    longest = rule.length if rule.max_length is None else rule.max_length
    if shortest is not None:
        fits &= length >= ConstantExpression(shortest)
    if longest is not None:
        fits &= length <= ConstantExpression(longest)
    if rule.pattern:
        fits &= FunctionExpression("regexp_full_match", value, ConstantExpression(rule.pattern))
    return (fits.alias("is_as_declared"),)


def day_limits(as_of: date, allowed: DateRange) -> tuple[Expression, ...]:
    """Return the earliest and the latest day that a table allows."""
    day = ConstantExpression(as_of)
    return (
        (day - _years(allowed.years_back)).cast("date").alias("earliest"),
        (day + _years(allowed.years_ahead)).cast("date").alias("latest"),
    )


def amount_limits(allowed: AmountRange) -> tuple[Expression, ...]:
    """Return the largest amount, and from where on how many times the largest before."""
    return (
        ConstantExpression(allowed.most).alias("most"),
        ConstantExpression(allowed.times).alias("times"),
        ConstantExpression(allowed.floor).alias("amount_floor"),
    )


def _years(number: int) -> Expression:
    return FunctionExpression("to_years", ConstantExpression(number))
