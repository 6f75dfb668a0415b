"""Every wrong setting stops the start with a message that names it and says what to do."""

import pytest

from huiyin.environ import Environ, SettingsError, database, secret_key


def refused(values, ask):
    with pytest.raises(SettingsError) as caught:
        ask(Environ(values))
    return str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:p@h/d",
        "huiyin.sqlite3",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///var/x?mode=ro",
        "sqlite://host/file",
        "postgresql://",
        "postgresql://u@h",
        "postgresql://h/d",
        "postgresql://u@h:port/d",
        "postgresql://u@h:99999/d",
        "postgresql://u@h/d?fsync=off",
        "postgresql://u@h/d/e",
    ],
)
def test_a_wrong_database_address_says_how_to_write_it(url, tmp_path):
    message = refused({"DATABASE_URL": url}, lambda env: database(env, tmp_path))
    assert "DATABASE_URL" in message
    assert "://" in message or "端口" in message or "参数" in message


def test_a_message_never_shows_a_password(tmp_path):
    message = refused({"DATABASE_URL": "mysql://u:geheim@h/d"}, lambda env: database(env, tmp_path))
    assert "geheim" not in message


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    message = refused({"DATABASE_URL": f"sqlite:///{tmp_path}/file/x.db"}, lambda env: database(env, tmp_path))
    assert str(tmp_path / "file") in message


def test_without_an_address_the_database_is_a_file_in_the_home_folder(tmp_path):
    found = database(Environ({}), tmp_path / "a?b#c%20")
    assert found["NAME"] == str(tmp_path / "a?b#c%20" / "huiyin.sqlite3")
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_four_slashes_are_an_absolute_path(tmp_path):
    assert database(Environ({"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}), tmp_path)["NAME"] == f"{tmp_path}/x.db"


def test_a_postgresql_address_is_taken_apart(tmp_path):
    url = "postgresql://ui:p%40ss@db.example:5433/huiyin?sslmode=require"
    found = database(Environ({"DATABASE_URL": url, "HUIYIN_DB_POOL": "12"}), tmp_path)
    assert [found[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "ui", "p@ss", "db.example", "5433", "huiyin",
    ]  # fmt: skip
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["OPTIONS"]["pool"]["max_size"] == 12


@pytest.mark.parametrize("value", ["true", "yes", "2", "开"])
def test_a_switch_takes_one_or_nought(value):
    assert "HUIYIN_DEBUG" in refused({"HUIYIN_DEBUG": value}, lambda env: env.flag("HUIYIN_DEBUG", False))


@pytest.mark.parametrize("value", ["0", "201", "-1", "1.5", "eight", "９"])
def test_a_number_keeps_its_bounds(value):
    assert "1 到 200" in refused({"N": value}, lambda env: env.number("N", 8, 1, 200))


@pytest.mark.parametrize("value", ["https://example.cn", "example.cn:8000", "example.cn/path", "a b"])
def test_a_host_is_a_name_alone(value):
    refused({"HUIYIN_HOSTS": value}, lambda env: env.hosts("HUIYIN_HOSTS", "localhost"))


def test_an_origin_has_a_scheme_and_no_path():
    assert Environ({"O": "https://a.cn, http://b.cn:81"}).origins("O") == ["https://a.cn", "http://b.cn:81"]
    refused({"O": "a.cn"}, lambda env: env.origins("O"))
    refused({"O": "https://a.cn/x"}, lambda env: env.origins("O"))


def test_a_rules_folder_must_be_there(tmp_path):
    assert Environ({}).optional_folder("HUIYIN_RULES") is None
    assert Environ({"HUIYIN_RULES": str(tmp_path)}).optional_folder("HUIYIN_RULES") == tmp_path
    refused({"HUIYIN_RULES": str(tmp_path / "none")}, lambda env: env.optional_folder("HUIYIN_RULES"))


def test_a_misspelt_setting_is_named():
    env = Environ({"HUIYIN_HOST": "x", "HUIYIN_TEST_DB": "sqlite"})
    env.text("HUIYIN_HOSTS", "")
    with pytest.raises(SettingsError, match="HUIYIN_HOST 的值") as caught:
        env.refuse_unknown("HUIYIN_")
    assert "HUIYIN_HOSTS" in str(caught.value)


def test_a_secret_key_is_made_once_and_kept_private(tmp_path):
    first = secret_key(Environ({}), tmp_path)
    assert len(first) >= 32
    assert secret_key(Environ({}), tmp_path) == first
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_secret_key_others_can_read_is_refused(tmp_path):
    secret_key(Environ({}), tmp_path)
    (tmp_path / "secret.key").chmod(0o644)
    assert "chmod 600" in refused({}, lambda env: secret_key(env, tmp_path))


def test_a_short_secret_key_is_refused_and_not_shown(tmp_path):
    message = refused({"HUIYIN_SECRET_KEY": "hunter2"}, lambda env: secret_key(env, tmp_path))
    assert "hunter2" not in message


def test_every_setting_is_described_and_nothing_else_is(request):
    from huiyin import settings

    text = (request.config.rootpath / "docs" / "settings.md").read_text(encoding="utf-8")
    described = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert described == settings._env.known
