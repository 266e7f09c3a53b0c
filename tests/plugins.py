"""What every test run needs: a database server that is up, and no test left out unseen."""

import gc
import os
from collections.abc import Generator, Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from config.database import ensure_database
from config.translations import compile_catalogues


def pytest_configure() -> None:
    """Tests read German, too."""
    compile_catalogues()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Before pytest-django makes the test database of this process, see that its server runs."""
    ensure_database()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """After pytest-django has made the test database, see that tests which commit are quickly undone."""
    from tests import as_migrated

    with django_db_blocker.unblock():
        as_migrated.keep()
    with as_migrated.put_back_quickly():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.match("tests/browser/*"):
            item.add_marker(pytest.mark.browser)


def pytest_collection_finish() -> None:
    """What is loaded by now stays; the garbage collector need not go through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    fail_if_skipped(report)
    return report


def fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """On the build machine everything is installed: a test that does not run there is a broken promise."""
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
