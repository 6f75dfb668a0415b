"""Two administrators at once: the log of administration stays one chain on both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from huiyin.org import actions, log
from huiyin.org.models import AdminEvent


@pytest.mark.django_db(transaction=True)
def test_many_administrators_at_once_write_one_chain():

    def work(number: int) -> None:
        try:
            for code in range(5):
                actions.set_area(f"98{number:02d}{code:02d}", f"第{number}区{code}")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert list(AdminEvent.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 41))
    assert log.broken() == []
