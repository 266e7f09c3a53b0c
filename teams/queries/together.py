"""Several small questions asked at once: one statement, one way to the server and back."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain, count
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.query import ModelIterable

from teams.queries.ahead import Rows, sent


@dataclass(frozen=True, slots=True)
class Question:
    """A question in SQL, and how many columns its answer has; ``read`` makes of its rows what is answered."""

    sql: str
    arguments: Sequence[Any]
    columns: int
    read: Callable[[list[Any]], list[Any]] = list


NOTHING: Final = Question("", (), 0)
"""Stands in the place of a question that is not asked."""


def asked_together(*queries: "QuerySet[Any, Any] | Question") -> list[list[Any]]:
    """The answers of ``queries``: of models their objects, of ``values_list`` and SQL tuples, each in its order.

    For answers of a few rows. Each column comes as an array, so it may hold none itself; related objects are not
    read along. What can find nothing is not asked for.
    """
    return asked_ahead(*queries)()


def asked_ahead(*queries: "QuerySet[Any, Any] | Question") -> Callable[[], list[list[Any]]]:
    """The same, sent ahead."""
    questions = [query if isinstance(query, Question) else _question(query) for query in queries]
    asked = [(f"asked_{number}", question) for number, question in enumerate(questions) if question.columns]
    found: Callable[[], Rows] = list
    if asked:
        tables = ", ".join(_table(name, question) for name, question in asked)
        names = ", ".join(f"{name}.*" for name, _question in asked)
        found = sent(
            f"SELECT {names} FROM {tables}",
            [*chain.from_iterable(question.arguments for _name, question in asked)],
        )

    def answers() -> list[list[Any]]:
        columns = [column or [] for row in found() for column in row]
        read, first = [], 0
        for question in questions:
            rows = [*zip(*columns[first : first + question.columns], strict=True)]
            read.append(question.read(rows))
            first += question.columns
        return read

    return answers


def asked_often(build: Callable[..., "QuerySet[Any, Any]"], *arguments: Any) -> Question:
    """The question that ``build(*arguments)`` is, of which the SQL is made only once per process and kind of arguments.

    For questions of every request: Django takes longer to make the SQL than the server to answer it. Arguments are
    whole numbers, days, texts, and lists of them; ``build`` asks by them as they are, and always in the same way.
    """
    given = _flat(arguments)
    key = (build, tuple(len(each) if isinstance(each, list) else type(each) for each in arguments))
    if key not in _often:
        stand_ins = _stand_ins(arguments)
        question, known = _question(build(*stand_ins)), _flat(stand_ins)
        # A parameter is one of the arguments, in the type that its field gives it, or always the same.
        _often[key] = (
            question,
            [known.index(value) if value in known else None for value in question.arguments],
        )
        if question.columns and set(range(len(known))) - set(_often[key][1]):
            raise TypeError(f"{build.__qualname__} asks for something else than its arguments")
    question, places = _often[key]
    standing = zip(question.arguments, places, strict=True)
    filled = [value if place is None else _like(value, given[place]) for value, place in standing]
    return replace(question, arguments=filled)


_often: Final[dict[Any, tuple[Question, list[int | None]]]] = {}
_FIRST_NUMBER: Final = 2_000_000_000
"""Stand-ins are numbers, days and texts that nobody would write into a query."""


def _flat(arguments: Iterable[Any]) -> list[Any]:
    return [*chain.from_iterable(each if isinstance(each, list) else [each] for each in arguments)]


def _stand_ins(arguments: Iterable[Any]) -> list[Any]:
    numbers = count()

    def stand_in(value: Any) -> Any:
        if isinstance(value, list):
            return [stand_in(each) for each in value]
        number = next(numbers)
        if isinstance(value, date):
            return date.min + timedelta(days=number)
        return f"stand-in {number}" if isinstance(value, str) else _FIRST_NUMBER + number

    return [stand_in(value) for value in arguments]


def _like(value: Any, given: Any) -> Any:
    """``given`` as the adapter of a number's field, where ``value`` is one."""
    return type(value)(given) if isinstance(value, int) else given


def _question(queryset: "QuerySet[Any, Any]") -> Question:
    compiler = queryset.query.get_compiler(connection.alias)
    try:
        sql, arguments = compiler.as_sql()
    except EmptyResultSet:
        return NOTHING
    selected = [expression for expression, *_rest in compiler.select]
    converters = compiler.get_converters(selected)
    names = [field.attname for field in queryset.model._meta.concrete_fields]

    def read(rows: list[Any]) -> list[Any]:
        if converters:
            rows = [tuple(row) for row in compiler.apply_converters(rows, converters)]
        if issubclass(queryset._iterable_class, ModelIterable):
            return [queryset.model.from_db(connection.alias, names, row) for row in rows]
        return rows

    return Question(sql, arguments, len(selected), read)


def _table(name: str, question: Question) -> str:
    """One row with an array per column, in the order of the question's own rows."""
    columns = [f"c{number}" for number in range(question.columns)]
    arrays = ", ".join(f"array_agg({column}) AS {name}_{column}" for column in columns)
    return f"(SELECT {arrays} FROM ({question.sql}) AS {name}_rows ({', '.join(columns)})) AS {name}"
