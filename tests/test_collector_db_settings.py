"""Settings of databases: SHOW VARIABLES, my.cnf, postgresql.conf, pg_settings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.rawfile import Head

MIB = 2.0**20


def settings(path, kind):
    reading, bad = read(path, kind)
    limits = {limit.name: limit.value for limit in reading.limits}
    facts = {fact.name: fact.value for fact in reading.facts}
    return limits, facts, bad


def test_variables_of_a_real_server():
    path = FIXTURES / "mysql_variables" / "batch.txt"
    assert kind_of(path) == "mysql_variables"
    limits, facts, bad = settings(path, "mysql_variables")
    assert limits["db.max_connections"] == 10
    assert limits["db.buffer_pool_bytes"] == 32 * MIB
    assert limits["db.redo_capacity_bytes"] == 96 * MIB
    assert limits["db.long_query_time_s"] == 0
    assert facts["db.product"] == "MariaDB" and facts["db.slow_query_log"] == "ON"
    assert bad.count == 0


def test_a_boxed_answer_of_a_few_variables():
    path = FIXTURES / "mysql_variables" / "boxed.txt"
    assert kind_of(path) == "mysql_variables"
    limits, _, bad = settings(path, "mysql_variables")
    assert limits["db.max_connections"] == 10 and bad.count == 0


def test_redo_log_of_mysql(tmp_path):
    text = "version\t8.0.28\ninnodb_log_file_size\t50331648\ninnodb_log_files_in_group\t2\n"
    limits, facts, _ = settings(write(tmp_path, text), "mysql_variables")
    assert limits["db.redo_capacity_bytes"] == 96 * MIB and facts["db.product"] == "MySQL"
    limits, *_ = settings(
        write(tmp_path, text + "innodb_redo_log_capacity\t7340032\n"), "mysql_variables"
    )
    assert limits["db.redo_capacity_bytes"] == 7 * MIB


def test_a_real_configuration_of_mariadb():
    path = FIXTURES / "mysql_config" / "lab.cnf"
    assert kind_of(path) == "mysql_config"
    limits, facts, bad = settings(path, "mysql_config")
    assert limits == {
        "db.buffer_pool_bytes": 192 * MIB,
        "db.redo_capacity_bytes": 48 * MIB,
        "db.max_connections": 151,
        "db.long_query_time_s": 0.2,
    }
    assert facts["db.slow_query_log"] == "ON" and bad.count == 0
    assert facts["log.file"].endswith((".log", ".err"))  # so that an empty one is known


def test_sections_comments_and_dashes_of_my_cnf(tmp_path):
    text = (
        "[client]\npassword = hunter2\nmax_connections=9\n[mysqld]\nmax-connections = 200 # note\n"
        "loose-long_query_time=1\nslow-query-log\n!includedir /etc/mysql/conf.d\n"
        "innodb_log_file_size=16M\nport=3306\nwhat is this = ?\nmax_connections=lots\n"
    )
    path = write(tmp_path, text.replace("\n", "\r\n"))
    assert kind_of(path) == "mysql_config"
    limits, facts, bad = settings(path, "mysql_config")
    assert limits["db.max_connections"] == 200 and limits["db.redo_capacity_bytes"] == 32 * MIB
    assert limits["db.long_query_time_s"] == 1 and facts["db.slow_query_log"] == "ON"
    assert [number for number, _ in bad.kept] == [11, 12]


def test_postgresql_conf_and_pg_settings():
    path = FIXTURES / "postgres_settings" / "postgresql.conf"
    assert kind_of(path) == "postgres_settings"
    limits, facts, bad = settings(path, "postgres_settings")
    assert limits["db.max_connections"] == 8 and limits["db.buffer_pool_bytes"] == 8 * MIB
    assert limits["db.redo_capacity_bytes"] == 32 * MIB and bad.count == 0
    assert facts["db.log_min_duration_ms"] == "0" and facts["db.product"] == "PostgreSQL"
    path = FIXTURES / "postgres_settings" / "pg_settings.txt"
    assert kind_of(path) == "postgres_settings"
    limits, facts, bad = settings(path, "postgres_settings")
    assert limits["db.buffer_pool_bytes"] == 128 * MIB
    assert limits["db.redo_capacity_bytes"] == 1024 * MIB
    assert limits["db.long_query_time_s"] == 0.25 and facts["db.version"].startswith("15.18")
    assert bad.count == 0


@pytest.mark.parametrize("text", ["[client]\nuser=a\n", "worker_processes 4;\n", "a = 1\nb = 2\n"])
def test_other_configuration_is_not_claimed(text):
    kinds = {"mysql_config", "mysql_variables", "postgres_settings"}
    assert kind_of_head(Head.of(text.encode())) not in kinds


@given(st.integers(1, 10**5), st.integers(1, 10**6), st.sampled_from("KMG"))
def test_what_we_write_we_read_back(tmp_path_factory, connections, size, unit):
    folder = tmp_path_factory.mktemp("settings")
    text = f"[mysqld]\nmax_connections={connections}\ninnodb_buffer_pool_size={size}{unit}\n"
    path = write(folder, text)
    assert kind_of(path) == "mysql_config"
    limits, _, bad = settings(path, "mysql_config")
    expected = size * 1024.0 ** (1 + "KMG".index(unit))
    assert limits == {"db.max_connections": connections, "db.buffer_pool_bytes": expected}
    assert bad.count == 0
