"""A clock that jumps: what goes by dates rests, says so, and goes on when the clock is right again or has stayed."""

from datetime import datetime, timedelta

import pytest

from huiyin.cases import clock
from huiyin.worker.clockwatch import HELD, ClockWatch
from huiyin.worker.loop import Worker
from tests.worker.test_sweep import breaches, with_county

NINE = datetime(2026, 5, 11, 9, 0, 0)


class Clocks:
    """Both clocks of a machine, moved by hand."""

    def __init__(self):
        self.wall, self.counted = NINE, 1000.0

    def pass_(self, seconds):
        self.wall += timedelta(seconds=seconds)
        self.counted += seconds

    def watch(self):
        return ClockWatch(wall=lambda: self.wall, counted=lambda: self.counted)


@pytest.mark.parametrize("jump", [timedelta(days=30), timedelta(days=-2), timedelta(minutes=10)])
def test_a_jump_is_not_believed_and_once_put_right_nothing_was_done(jump, caplog):
    clocks = Clocks()
    watch = clocks.watch()
    assert watch.believed()
    clocks.pass_(30)
    clocks.wall += jump
    assert not watch.believed()
    clocks.pass_(60)
    assert not watch.believed()
    clocks.wall -= jump
    assert watch.believed()
    assert [record.levelname for record in caplog.records if "clock" in record.message] == ["ERROR", "WARNING"]


def test_a_clock_that_stays_where_it_jumped_to_is_believed_in_the_end():
    clocks = Clocks()
    watch = clocks.watch()
    watch.believed()
    clocks.wall += timedelta(hours=8)
    held = 0
    while not watch.believed():
        clocks.pass_(60)
        held += 60
    assert held == HELD
    clocks.pass_(60)
    assert watch.believed()


def test_small_corrections_and_long_waits_are_no_jump():
    clocks = Clocks()
    watch = clocks.watch()
    for seconds in (1, 3600, 60, 1):
        clocks.pass_(seconds)
        clocks.wall += timedelta(seconds=45)
        assert watch.believed()


@pytest.mark.django_db(transaction=True)
def test_no_limit_passes_by_a_clock_that_ran_ahead(sample_world):
    with_county()  # to be concluded by 20 May, nine days on
    clocks = Clocks()
    worker = Worker(watch=clocks.watch())

    def turn():
        with clock.at(clocks.wall):
            worker.once()

    turn()
    clocks.wall += timedelta(days=60)
    turn()
    assert breaches() == 0
    clocks.wall = NINE + timedelta(minutes=1)
    clocks.counted += 60
    turn()
    assert breaches() == 0
    clocks.wall += timedelta(days=60)
    turn()
    assert breaches() == 0
    clocks.pass_(HELD)
    turn()
    assert breaches() == 1
