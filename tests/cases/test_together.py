"""Jobs that wait together are written together, and answered one by one."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from huiyin.cases import writing
from huiyin.cases.errors import Busy
from huiyin.cases.together import MOST, Company, Job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


@pytest.fixture(autouse=True)
def world():
    """No office is needed here."""


class Sum(Job[int]):
    def __init__(self, number):
        super().__init__()
        self.number, self.tries = number, 0

    def again(self):
        self.tries += 1


def crowd(company, numbers):
    """Write jobs from as many threads, all of them waiting before the first has its turn."""
    jobs = [Sum(number) for number in numbers]

    def one(job):
        try:
            return company.write(job)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(jobs)) as pool:
        with writing.in_turn():
            answers = [pool.submit(one, job) for job in jobs]
            until = time.monotonic() + 10
            while len(company._queue) < len(jobs) and time.monotonic() < until:
                time.sleep(0.005)
        return jobs, [answer.result(timeout=30) for answer in answers]


def test_those_who_wait_are_written_together_and_each_gets_his_own_answer():
    sizes = []

    def write(jobs):
        sizes.append(len(jobs))
        return [job.number * 10 for job in jobs]

    _, answers = crowd(Company(write), range(1, 13))
    assert answers == [number * 10 for number in range(1, 13)]
    assert sizes == [12]


def test_nobody_waits_for_more_than_so_many():
    sizes = []

    def write(jobs):
        sizes.append(len(jobs))
        return [job.number for job in jobs]

    _, answers = crowd(Company(write), range(1, 21))
    assert answers == list(range(1, 21))
    assert (max(sizes), sum(sizes)) == (MOST, 20)


def test_one_that_fails_fails_alone():
    def write(jobs):
        if any(job.number == 3 for job in jobs):
            raise ValueError("three")
        return [job.number for job in jobs]

    jobs, answers = crowd(Company(write), range(1, 6))
    assert [a for a in answers if not isinstance(a, ValueError)] == [1, 2, 4, 5]
    assert isinstance(answers[2], ValueError)
    assert [job.tries for job in jobs] == [1] * 5, "each was made ready for another try"


def test_one_alone_is_tried_once():
    tried = []

    def write(jobs):
        tried.append(len(jobs))
        raise ValueError("no")

    job = Sum(1)
    with pytest.raises(ValueError, match="no"):
        Company(write).write(job)
    assert (tried, job.tries) == ([1], 0)


def test_who_waits_too_long_leaves_and_is_not_written(monkeypatch):
    monkeypatch.setattr(writing, "BUSY_SECONDS", 0.1)
    written = []
    company = Company(lambda jobs: [written.append(job.number) or job.number for job in jobs])
    held, go_on = threading.Event(), threading.Event()

    def hold():
        with writing.in_turn():
            held.set()
            go_on.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    with pytest.raises(Busy):
        company.write(Sum(1))
    go_on.set()
    holder.join()
    assert company.write(Sum(2)) == 2
    assert written == [2]
