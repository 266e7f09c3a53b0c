"""How gunicorn serves the product: ``gunicorn -c python:config.gunicorn``."""

import gc
import os

wsgi_app = "config.wsgi:application"
# All is loaded and checked once, before the workers: one that takes another's place serves at once, and the database
# may be away for a moment.
preload_app = True
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "config.web_worker.Worker"
threads = int(os.environ.get("WEB_THREADS", "4"))
# A batch of 10,000 events or a large export may take its time; a hung worker may not.
timeout = 120
graceful_timeout = 10
keepalive = 15
# Bodies are read by the application, which limits them; the worker's heartbeat stays off slow disks.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
control_socket_disable = True

_GATHERED = 1_000
_TIMES = 20


def when_ready(server: object) -> None:
    """What is loaded is the workers' in common, as long as the collector does not walk it in each of them."""
    gc.collect()
    gc.freeze()


def post_worker_init(worker: object) -> None:
    """What a worker has loaded stays for its life: the collector need not walk it again after every few batches."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20 * _GATHERED, _TIMES, _TIMES)


def post_request(worker: object, request: object, environ: object, response: object) -> None:
    """Requests and answers refer to each other, so that only the collector ends them: some hundred objects each. Left
    alone it would come when 20,000 have gathered, in the middle of somebody's request, and stop it for 20 ms. Here the
    answer has been sent."""
    young, middle, old = gc.get_count()
    if young > _GATHERED:
        gc.collect(2 if old > _TIMES else 1 if middle > _TIMES else 0)
