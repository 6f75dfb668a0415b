"""Whether the clock of this machine can be believed just now.

A limit that passed is entered in the log and cannot be taken back, so a clock that was set wrong for a minute must not decide it. The clock on the
wall is held against the one that only counts seconds: when they part, the work that goes by dates rests. A clock that is put right within the time of
holding has done no harm; one that stays as it is was right (a machine that slept, a server that was moved), and the work goes on from there.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from huiyin.cases import clock

log = logging.getLogger("huiyin.worker")
TOLERATED: Final = 120.0  # seconds that the two may part between two looks: a time server corrects less
HELD: Final = 900.0  # seconds for which a clock that jumped is not believed


@dataclass
class ClockWatch:
    """The watch of one process. `wall` is the clock of the log, `counted` seconds that never jump."""

    wall: Callable[[], datetime] = clock.now
    counted: Callable[[], float] = time.monotonic
    apart: float | None = None  # wall minus counted, in seconds, as it was last believed
    since: float | None = None  # counted seconds when the jump was seen
    jump: float = field(default=0.0)  # by how many seconds, forward or back

    def believed(self) -> bool:
        """May what goes by dates be done now? Says once when it may not, and once when it may again."""
        counted = self.counted()
        apart = self.wall().timestamp() - counted
        if self.apart is None or abs(apart - self.apart) <= TOLERATED:
            if self.since is not None:
                log.warning("the clock is as it was before it jumped; what goes by dates goes on")
            self.apart, self.since, self.jump = apart, None, 0.0
            return True
        jump = apart - self.apart
        if self.since is None or abs(jump - self.jump) > TOLERATED:
            self.since, self.jump = counted, jump
            log.error(
                "the clock of this machine jumped by %d s; limits and other dates rest for %d minutes. Please check its time",
                jump,
                HELD // 60,
            )
        if counted - self.since < HELD:
            return False
        log.warning("the clock has stayed where it jumped to; it is believed from now on")
        self.apart, self.since, self.jump = apart, None, 0.0
        return True
