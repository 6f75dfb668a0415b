"""What somebody with the application's login might try against the log on PostgreSQL; `{t}` is a protected table."""

import psycopg

REFUSED = psycopg.errors.InsufficientPrivilege
ATTACKS = (
    "UPDATE {t} SET hash = ''",
    "DELETE FROM {t}",
    "TRUNCATE {t}",
    "TRUNCATE {t} CASCADE",
    "DROP TABLE {t}",
    "DROP TRIGGER huiyin_protect_{t}_update ON {t}",
    "ALTER TABLE {t} DISABLE TRIGGER ALL",
    "ALTER TABLE {t} DISABLE TRIGGER USER",
    "ALTER TABLE {t} OWNER TO app",
    "ALTER TABLE {t} RENAME TO gone",
    "ALTER TABLE {t} ADD COLUMN x int",
    "CREATE TRIGGER mine BEFORE INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION huiyin_protect()",
    "CREATE RULE mine AS ON INSERT TO {t} DO INSTEAD NOTHING",
    "CREATE POLICY mine ON {t} USING (false)",
    "GRANT UPDATE ON {t} TO app",  # answered with a warning: nothing is granted
    "SELECT 1 FROM {t} FOR UPDATE",
    "LOCK TABLE {t} IN ACCESS EXCLUSIVE MODE",
    "WITH gone AS (DELETE FROM {t} RETURNING 1) SELECT count(*) FROM gone",
    "COPY {t} FROM PROGRAM 'echo'",
    "COPY {t} TO '/tmp/huiyin-log'",
    "SET session_replication_role = replica",
    "SET ROLE huiyin",
    "CREATE OR REPLACE FUNCTION huiyin_protect() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    "DROP FUNCTION huiyin_protect() CASCADE",
    "CREATE TABLE public.mine (x int)",
    "DO $$ BEGIN EXECUTE 'UPDATE {t} SET hash = ''x'''; END $$",
    "CREATE FUNCTION pg_temp.mine() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ DELETE FROM {t} $$; SELECT pg_temp.mine()",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('cases', 'x', now())",
)  # fmt: skip


def succeeded(url: str, table: str) -> list[str]:
    """The attacks that were not refused for want of privileges, with what came instead."""
    found = []
    for attack in ATTACKS:
        with psycopg.connect(url) as connection:
            try:
                connection.execute(attack.format(t=table).encode())
            except REFUSED:
                continue
            except psycopg.Error as error:
                found.append(f"{attack}: {type(error).__name__}")
                continue
            may = connection.execute("SELECT has_table_privilege(%s, 'UPDATE')", [table]).fetchone()
            if not attack.startswith("GRANT") or may != (False,):
                found.append(attack)
            connection.rollback()
    return found
