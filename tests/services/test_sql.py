"""Plugins' own databases, on real SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jackfield.errors import InvalidInput
from jackfield.services import sql as module
from jackfield.services.sql import SqliteSpaces, SqlRequest
from jackfield.services.sql_rules import Statement, check_statements

COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"


@pytest.fixture
def sql() -> Iterator[SqliteSpaces]:
    made = SqliteSpaces(lambda slug: None)
    yield made
    made.close()


def run(sql: SqliteSpaces, text: str, *params: object, slug: str = "one") -> tuple[int, int]:
    done = sql.execute(slug, SqlRequest(sql=text, params=list(params)))
    return done.rows_affected, done.last_insert_id


def ask(sql: SqliteSpaces, text: str, *params: object, slug: str = "one") -> list[list[object]]:
    return sql.query(slug, SqlRequest(sql=text, params=list(params))).rows


def test_a_table_lives_in_its_plugin_only(sql: SqliteSpaces) -> None:
    run(sql, "CREATE TABLE t (a, b)")
    assert run(sql, "INSERT INTO t VALUES (?, ?), (3, NULL)", 1.0, "zwei") == (2, 2)
    found = sql.query("one", SqlRequest(sql="SELECT a, b FROM t ORDER BY a"))
    assert found.columns == ["a", "b"]
    assert found.rows == [[1, "zwei"], [3, None]]
    assert isinstance(found.rows[0][0], int)  # an integral number is bound as an integer
    with pytest.raises(InvalidInput, match="no such table: t"):
        ask(sql, "SELECT * FROM t", slug="two")


def test_a_batch_is_one_transaction_and_spreads_its_parameters(sql: SqliteSpaces) -> None:
    text = "CREATE TABLE t (a); INSERT INTO t VALUES (?); INSERT INTO t VALUES (?2 + ?1);"
    assert run(sql, text, 1, 2, 40)[0] == 2
    assert ask(sql, "SELECT a FROM t") == [[1], [42]]
    with pytest.raises(InvalidInput, match="no such table: missing"):
        run(sql, "DELETE FROM t; DELETE FROM missing")
    assert ask(sql, "SELECT count(*) FROM t") == [[2]]
    with pytest.raises(InvalidInput, match="1 more parameters"):
        run(sql, "DELETE FROM t", 5)
    assert ask(sql, "SELECT count(*) FROM t") == [[2]]


def test_a_writing_query_persists(sql: SqliteSpaces) -> None:
    run(sql, "CREATE TABLE t (a)")
    assert ask(sql, "INSERT INTO t VALUES (7) RETURNING a") == [[7]]
    assert ask(sql, "SELECT a FROM t") == [[7]]


def test_a_file_keeps_what_was_written(tmp_path: Path) -> None:
    first = SqliteSpaces(lambda slug: tmp_path / slug / "db" / "plugin.db")
    run(first, "CREATE TABLE t (a); INSERT INTO t VALUES ('kept')")
    first.close()
    again = SqliteSpaces(lambda slug: tmp_path / slug / "db" / "plugin.db")
    assert ask(again, "SELECT a FROM t") == [["kept"]]
    again.close("one")
    assert (tmp_path / "one/db/plugin.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "PRAGMA user_version",
        "  /* x */ -- y\n pragma foreign_keys=off",
        "EXPLAIN QUERY PLAN PRAGMA table_info(t)",
        "explain attach 'x' as y",
        "ATTACH DATABASE '/etc/passwd' AS p",
        "SELECT 1; DETACH p",
        "VACUUM INTO '/tmp/x'",
        "BEGIN",
        "COMMIT",
        "END",
        "ROLLBACK",
        "SAVEPOINT a",
        "RELEASE a",
        "CREATE TEMP TABLE t (a)",
        "CREATE /**/ TEMPORARY VIEW v AS SELECT 1",
        "DROP TEMP TABLE t",
        "SELECT * FROM sqlite_temp_master",
        'SELECT * FROM "sqlite_temp_schema"',
        "SELECT load_extension ('x')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT \"FTS3_tokenizer\" ('x', ?)",
        "CREATE VIRTUAL TABLE t USING fts3 (a, tokenize=x)",
        'CREATE TABLE "temp" . t (a)',
        "CREATE TABLE [temp].t (a)",
        "SELECT * FROM 'temp'.t",
        "SELECT * FROM temp.t",
    ],
)
def test_what_reaches_out_is_refused(sql: SqliteSpaces, text: str) -> None:
    for ask_or_run in (ask, run):
        with pytest.raises(InvalidInput, match="not allowed"):
            ask_or_run(sql, text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 'PRAGMA; BEGIN'",
        "SELECT 1 AS temp",
        'SELECT \'load_extension(\', "a""b" FROM (SELECT 1 AS "a""b")',
        "-- PRAGMA\nSELECT 1",
        "WITH x AS (SELECT 1 AS n) SELECT n FROM x",
        "EXPLAIN SELECT 1",
    ],
)
def test_what_only_looks_dangerous_is_let_through(sql: SqliteSpaces, text: str) -> None:
    assert ask(sql, text)


def test_the_authorizer_is_a_second_lock(
    sql: SqliteSpaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "check_statements", lambda text, plugin: [Statement(text, 0)])
    for text in (
        "PRAGMA user_version",
        "ATTACH ':memory:' AS x",
        "CREATE TEMP TABLE t (a)",
        "CREATE VIRTUAL TABLE t USING rtree (a, b, c)",
        "SELECT fts3_tokenizer('simple')",
        "SELECT json_patch('{}', '{}')",
    ):
        with pytest.raises(InvalidInput, match=r"not authorized|no such function"):
            run(sql, text)


def test_the_function_that_runs_native_code_at_an_address_is_not_there(
    sql: SqliteSpaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "check_statements", lambda text, plugin: [Statement(text, 1)])
    monkeypatch.setattr(module, "_authorize", lambda *what: 0)
    with pytest.raises(InvalidInput, match=r"no such function|raised exception"):
        run(sql, "SELECT fts3_tokenizer('evil', ?)", "AAAAAAAA")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT trim(hex(zeroblob(400000)), replace(hex(zeroblob(35000)), '0', '1') || '0')",
        "SELECT instr(hex(zeroblob(500000)), hex(zeroblob(250000)) || '1')",
        "SELECT replace(hex(zeroblob(500000)), hex(zeroblob(250000)) || '1', '')",
    ],
)
def test_no_function_takes_minutes(sql: SqliteSpaces, text: str) -> None:
    assert ask(sql, f"SELECT length(({text}))")


def test_a_pattern_has_a_length(sql: SqliteSpaces) -> None:
    assert ask(sql, "SELECT 'abc' LIKE ?", "%" + "b" * 255) == [[0]]
    with pytest.raises(InvalidInput, match="pattern too complex"):
        ask(sql, "SELECT 'abc' LIKE ?", "%" + "b" * 256)


def test_a_trigger_keeps_its_semicolons(sql: SqliteSpaces) -> None:
    run(
        sql,
        "CREATE TABLE t (a); CREATE TABLE log (b);"
        "CREATE TRIGGER IF NOT EXISTS tr AFTER INSERT ON t BEGIN"
        "  INSERT INTO log VALUES (CASE WHEN new.a > 1 THEN 'big' ELSE 'small' END);"
        "  INSERT INTO log VALUES ('end'); END;"
        "INSERT INTO t VALUES (5);",
    )
    assert ask(sql, "SELECT b FROM log") == [["big"], ["end"]]
    assert len(check_statements("SELECT 1; SELECT 2 ;; -- three\n", plugin="p")) == 2


@pytest.mark.parametrize("text", ["", "  ", "-- only a remark", "/* open", ";;"])
def test_nothing_to_do_is_an_error(sql: SqliteSpaces, text: str) -> None:
    with pytest.raises(InvalidInput, match="no statement"):
        run(sql, text)


def test_a_query_is_one_statement(sql: SqliteSpaces) -> None:
    with pytest.raises(InvalidInput, match="one statement"):
        ask(sql, "SELECT 1; SELECT 2")


def test_rows_are_bounded_by_the_caller(sql: SqliteSpaces) -> None:
    text = f"{COUNT} WHERE i < 5) SELECT i FROM n"
    bounded = sql.query("one", SqlRequest(sql=text, max_rows=2))
    assert (bounded.rows, bounded.truncated) == ([[1], [2]], True)
    exact = sql.query("one", SqlRequest(sql=text, max_rows=5))
    assert (len(exact.rows), exact.truncated) == (5, False)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            f"{COUNT} WHERE i < 10001) SELECT i FROM n",
            "more than 10,000 rows; add a LIMIT",
        ),
        (
            f"{COUNT} WHERE i < 20) SELECT hex(zeroblob(50000)) FROM n",
            "more than 1,048,576 bytes; add a LIMIT",
        ),
        ("SELECT zeroblob(1048577)", "string or blob too big"),
        ("SELECT nonsense FROM", "incomplete input|syntax error"),
    ],
)
def test_too_much_is_an_error(sql: SqliteSpaces, text: str, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        ask(sql, text)


def test_an_endless_question_is_stopped(sql: SqliteSpaces, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SECONDS", 0.05)
    with pytest.raises(InvalidInput, match=r"took longer than 0\.05 s"):
        ask(sql, f"{COUNT}) SELECT count(*) FROM n")
    assert ask(sql, "SELECT 1") == [[1]]


@pytest.mark.parametrize(
    ("params", "what"),
    [
        ([[1]], r"params\[0\]: expected null, boolean, number or text, found list"),
        ([1, {"a": 1}], r"params\[1\]: .* found dict"),
        ([0] * 65, "65 parameters; at most 64"),
        (["x" * 70_000], "the request is 70,0.. bytes; at most 65,536"),
        ([2**70], "too large"),
    ],
)
def test_parameters_are_checked(sql: SqliteSpaces, params: list[object], what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        ask(sql, "SELECT ?", *params)


def test_max_rows_is_checked(sql: SqliteSpaces) -> None:
    with pytest.raises(InvalidInput, match="maxRows is 0 to 10,000"):
        sql.query("one", SqlRequest(sql="SELECT 1", max_rows=10_001))


def test_values_of_every_kind_come_back(sql: SqliteSpaces) -> None:
    assert ask(sql, "SELECT ?, ?, ?, ?, x'00ff'", None, True, 1.5, "é") == [
        [None, 1, 1.5, "é", "AP8="]
    ]


def test_foreign_keys_hold(sql: SqliteSpaces) -> None:
    run(sql, "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p(id))")
    with pytest.raises(InvalidInput, match="FOREIGN KEY constraint failed"):
        run(sql, "INSERT INTO c VALUES (1)")


def test_a_constraint_that_is_judged_at_the_end_is_refused_like_any(sql: SqliteSpaces) -> None:
    run(
        sql,
        "CREATE TABLE p (id INTEGER PRIMARY KEY);"
        "CREATE TABLE c (p REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)",
    )
    with pytest.raises(InvalidInput, match="FOREIGN KEY constraint failed"):
        run(sql, "INSERT INTO c VALUES (1)")
    assert ask(sql, "SELECT count(*) FROM c") == [[0]]
    run(sql, "INSERT INTO c VALUES (1); INSERT INTO p VALUES (1)")
    assert ask(sql, "SELECT count(*) FROM c") == [[1]]
