"""How gunicorn serves the product: ``gunicorn -c python:config.gunicorn``."""

import gc
import os
from typing import Any

wsgi_app = "config.wsgi:application"
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


def post_fork(server: Any, worker: Any) -> None:
    """A worker that takes another's place goes without the start's checks: the database may be away for a moment."""
    if worker.age > server.cfg.workers:
        os.environ["WEB_WORKER_FOLLOWS"] = "1"


def post_worker_init(worker: object) -> None:
    """What a worker has loaded stays for its life: the collector need not walk it again after every few batches."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
