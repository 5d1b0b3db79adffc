//! On PostgreSQL: with tenant A's own connection, everything that SQL offers is tried against tenant B.

use diesel::prelude::*;
use tempfile::TempDir;

use crate::engine::{Db, Duty};
use crate::testing::{Counting, engine, is_postgres, new_spec};
use crate::{CellKind, CellSpec, Cells, Engine, Limits};

const CANARY: &str = "canary-of-b";

async fn two_tenants() -> (TempDir, Cells<Counting>, CellSpec, CellSpec) {
    let folder = TempDir::new().unwrap();
    let cells = Cells::start(engine(folder.path()), Counting, Limits::default()).unwrap();
    let (a, b) = (new_spec(CellKind::Tenant), new_spec(CellKind::Tenant));
    cells.open(a.clone()).await.unwrap();
    let cell = cells.open(b.clone()).await.unwrap();
    cell.write(|tx| {
        use crate::schema::positions;
        let row = (positions::k.eq(CANARY), positions::v.eq(1_i64));
        Ok((tx.execute(diesel::insert_into(positions::table).values(row))?, vec![]))
    })
    .await
    .unwrap();
    (folder, cells, a, b)
}

/// Roles and schemas are PostgreSQL's. On SQLite the other tenant is another file under another key, which the conformance
/// suite tries; CI runs this suite on PostgreSQL.
fn not_here() {
    use std::io::Write as _;
    let _ = writeln!(
        std::io::stderr(),
        "NOT RUN here: isolation of roles and schemas needs PostgreSQL"
    );
}

/// What A tries against B. `{b}` is B's schema and role, `{a}` is A's.
const ATTEMPTS: &[&str] = &[
    "SELECT * FROM {b}.positions",
    "SELECT * FROM {b}.learners",
    "INSERT INTO {b}.positions VALUES ('x', 1)",
    "UPDATE {b}.positions SET v = 2",
    "DELETE FROM {b}.positions",
    "TRUNCATE {b}.positions",
    "COPY {b}.positions TO STDOUT",
    "COPY {b}.positions TO PROGRAM 'cat'",
    "LOCK TABLE {b}.positions",
    "CREATE TABLE {b}.mine (x int)",
    "CREATE TABLE {a}.mine (x int)",
    "CREATE TABLE public.mine (x int)",
    "CREATE TEMP TABLE mine (x int)",
    "CREATE VIEW {a}.v AS SELECT * FROM {b}.positions",
    "CREATE FUNCTION {a}.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "CREATE EXTENSION dblink",
    "CREATE EXTENSION postgres_fdw",
    "ALTER SCHEMA {b} RENAME TO gone",
    "ALTER TABLE {b}.positions OWNER TO {a}",
    "ALTER TABLE {a}.ledger_entries DISABLE TRIGGER ALL",
    "DROP TABLE {b}.positions",
    "DROP SCHEMA {b} CASCADE",
    "GRANT USAGE ON SCHEMA {b} TO {a}",
    "GRANT SELECT ON {b}.positions TO {a}",
    "GRANT {b} TO {a}",
    "ALTER ROLE {b} PASSWORD 'x'",
    "ALTER ROLE {a} SUPERUSER",
    "ALTER ROLE {a} CREATEROLE",
    "SET ROLE {b}",
    "SET SESSION AUTHORIZATION {b}",
    "SET ROLE postgres",
    "SELECT set_config('role', '{b}', false)",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT * FROM pg_authid",
    "SELECT lo_import('/etc/passwd')",
    "SELECT query_to_xml('SELECT * FROM {b}.positions', true, true, '')",
    "SELECT schema_to_xml('{b}', true, true, '')",
    "SELECT table_to_xml('{b}.positions', true, true, '')",
    "DO $$ BEGIN EXECUTE 'SELECT 1 FROM {b}.positions'; END $$",
    "EXPLAIN ANALYZE SELECT * FROM {b}.positions",
    "PREPARE p AS SELECT * FROM {b}.positions",
    "DECLARE c CURSOR WITH HOLD FOR SELECT * FROM {b}.positions",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {b} GRANT ALL ON TABLES TO {a}",
    "REASSIGN OWNED BY {b} TO {a}",
    "ALTER SYSTEM SET log_statement = 'all'",
    "UPDATE {a}.ledger_entries SET act = 'forged'",
    "DELETE FROM {a}.ledger_entries",
    "DELETE FROM {a}.results",
    "TRUNCATE {a}.ledger_entries",
];

#[tokio::test]
async fn a_tenants_connection_cannot_reach_another_tenant() {
    if !is_postgres() {
        return not_here();
    }
    let (_folder, _cells, a, b) = two_tenants().await;
    let Engine::Postgres(server) = engine(std::path::Path::new("/nonexistent")) else {
        unreachable!()
    };
    let (login_a, login_b) = (a.login.unwrap(), b.login.unwrap());
    for attempt in ATTEMPTS {
        let sql = attempt.replace("{a}", &login_a.role).replace("{b}", &login_b.role);
        let mut db = Db::postgres(&server, &login_a, Duty::Write).unwrap();
        assert!(db.batch(&sql).is_err(), "this went through: {sql}");
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

/// The attempts above would also fail if the connection were dead or B empty: this shows that they could succeed.
#[tokio::test]
async fn the_same_statements_reach_ones_own_rows() {
    if !is_postgres() {
        return not_here();
    }
    let (_folder, _cells, _, b) = two_tenants().await;
    let Engine::Postgres(server) = engine(std::path::Path::new("/nonexistent")) else {
        unreachable!()
    };
    let login = b.login.unwrap();
    let Db::Pg(mut connection) = Db::postgres(&server, &login, Duty::Write).unwrap() else {
        unreachable!()
    };
    let sql = format!(
        "SELECT count(*) AS n FROM {}.positions WHERE k = '{CANARY}'",
        login.role
    );
    let rows: Vec<Count> = diesel::sql_query(sql).load(&mut connection).unwrap();
    assert_eq!(rows[0].n, 1);
}

#[tokio::test]
async fn a_tenants_role_is_a_member_of_nothing_and_owns_nothing() {
    if !is_postgres() {
        return not_here();
    }
    let (_folder, _cells, a, _) = two_tenants().await;
    let Engine::Postgres(server) = engine(std::path::Path::new("/nonexistent")) else {
        unreachable!()
    };
    let login = a.login.unwrap();
    let Db::Pg(mut connection) = Db::postgres(&server, &login, Duty::Write).unwrap() else {
        unreachable!()
    };
    for sql in [
        "SELECT count(*) AS n FROM pg_auth_members m JOIN pg_roles r ON r.oid IN (m.member, m.roleid) WHERE r.rolname = current_user",
        "SELECT count(*) AS n FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = current_user",
        "SELECT count(*) AS n FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolinherit)",
    ] {
        let rows: Vec<Count> = diesel::sql_query(sql).load(&mut connection).unwrap();
        assert_eq!(rows[0].n, 0, "{sql}");
    }
}
