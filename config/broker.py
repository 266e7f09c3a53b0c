"""Where jobs are queued, when it is not the folder of this machine."""

from config.problems import SetupProblem

CONNECT_SECONDS = 5


def check_broker(url: str) -> None:
    """Connect once: a worker would wait for its broker for ever, and nobody would see why nothing happens."""
    from kombu import Connection

    try:
        with Connection(url, connect_timeout=CONNECT_SECONDS) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=CONNECT_SECONDS)
    except (KeyError, ValueError, ImportError) as error:
        raise SetupProblem("BROKER_URL cannot be read; it looks like redis://host:6379/0.") from error
    except Exception as error:
        # Every transport has errors of its own.
        raise SetupProblem("the broker of BROKER_URL cannot be reached.") from error
