"""What the primary's clients do in the tests: changes of many kinds, the same on every run."""

from __future__ import annotations

from servers import Server

TABLES = [
    "CREATE TABLE app.t (id INT AUTO_INCREMENT PRIMARY KEY, a INT, b VARCHAR(4000), c DOUBLE) ENGINE=InnoDB CHARSET utf8mb4",
    "CREATE TABLE app.plain (id INT AUTO_INCREMENT PRIMARY KEY, a INT) ENGINE=MyISAM",
    "CREATE TABLE app.big (id INT AUTO_INCREMENT PRIMARY KEY, b LONGBLOB) ENGINE=InnoDB",
]


def create_tables(primary: Server) -> None:
    """Empty tables for all kinds of work."""
    primary.sql(*TABLES)


def mixed_work(primary: Server, seed: int, rounds: int = 12) -> None:
    """Single and multi statement transactions, DDL, values that are not deterministic, variables, rollbacks, odd text."""
    with primary.connect() as session:
        for n in range(rounds):
            number = seed * 1000 + n
            session.query(f"INSERT INTO app.t (a, b) VALUES ({number}, 'it''s {number} \u00fc\u4e16')")
            session.query("BEGIN")
            for row in range(5):
                session.query(f"INSERT INTO app.t (a, b, c) VALUES ({number + row}, REPEAT('x', {row * 90}), {row}/7)")
            session.query(f"UPDATE app.t SET a = a + 1 WHERE a % 7 = {n % 7}")
            session.query("COMMIT")
            session.query(f"SET @v = {number}")
            session.query("INSERT INTO app.t (a, c) VALUES (@v, RAND())")
            session.query("BEGIN")
            session.query("DELETE FROM app.t WHERE a % 11 = 3")
            session.query("ROLLBACK")
            session.query(f"INSERT INTO app.plain (a) VALUES ({number}), ({number + 1})")
        session.query(f"CREATE TABLE app.extra{seed} (id INT PRIMARY KEY) ENGINE=InnoDB")
        session.query(f"INSERT INTO app.extra{seed} VALUES (1), (2)")
        session.query(f"ALTER TABLE app.extra{seed} ADD COLUMN more INT DEFAULT {seed}")


def rotate(primary: Server) -> None:
    """On to the next binary log."""
    primary.sql("FLUSH BINARY LOGS" if primary.flavour.modern_words else "FLUSH LOGS")
