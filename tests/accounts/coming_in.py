"""How tests of accounts come in: a password that is known, codes of a second factor, what the log says of it."""

from django.utils import timezone

from huiyin.accounts import actions, factors
from huiyin.org.models import AdminEvent

PASSWORD = "drei-lange-Woerter-7"


def log_in(client, person, password=PASSWORD, **more):
    return client.post("/login/", {"username": person.username, "password": password, **more})


def code_of(seed, later=0):
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

    return TOTP(seed, 6, SHA1(), 30).generate(int(timezone.now().timestamp()) + later).decode()


def with_totp(person):
    seed = factors.new_seed()
    return seed, actions.add_totp(person, seed, code_of(seed, -30))


def names():
    return list(AdminEvent.objects.order_by("seq").values_list("name", flat=True))
