"""The queue: a company's jobs one after another, companies side by side, nothing twice, and a clean end."""

from __future__ import annotations

import threading

from jobs.queue import Job, ThreadQueue

PATIENCE_S = 20.0


def test_the_same_job_waits_only_once() -> None:
    queue = ThreadQueue()
    assert queue.enqueue(Job("acme", "sync"))
    assert not queue.enqueue(Job("acme", "sync"))
    assert queue.enqueue(Job("acme", "reconcile"))
    with queue.lease() as job:
        assert job == Job("acme", "sync")
        assert not queue.enqueue(Job("acme", "sync"))
    assert queue.enqueue(Job("acme", "sync"))


def test_a_company_is_worked_on_by_one_thread_and_others_go_on() -> None:
    queue = ThreadQueue()
    together = threading.Barrier(2, timeout=PATIENCE_S)
    running: list[str] = []
    overlaps: list[str] = []
    finished = threading.Semaphore(0)

    def work(job: Job) -> None:
        if job.company in running:
            overlaps.append(job.company)
        running.append(job.company)
        if job.kind == "first":
            together.wait()  # passes only when both companies are worked on at the same time
        running.remove(job.company)
        finished.release()

    for kind in ("first", "second"):
        for company in ("acme", "bolt"):
            queue.enqueue(Job(company, kind))
    with queue.run(work, workers_max=4):
        assert all(finished.acquire(timeout=PATIENCE_S) for _ in range(4))
    assert overlaps == []


def test_closing_drops_what_waits_and_lets_what_runs_finish() -> None:
    queue = ThreadQueue()
    started, may_end = threading.Event(), threading.Event()
    done: list[Job] = []

    def work(job: Job) -> None:
        started.set()
        may_end.wait(PATIENCE_S)
        done.append(job)

    queue.enqueue(Job("acme", "sync"))
    queue.enqueue(Job("acme", "reconcile"))
    with queue.run(work, workers_max=1):
        assert started.wait(PATIENCE_S)
        queue.close()
        may_end.set()
    assert done == [Job("acme", "sync")]
    assert not queue.enqueue(Job("acme", "sync"))
    with queue.lease() as job:
        assert job is None
