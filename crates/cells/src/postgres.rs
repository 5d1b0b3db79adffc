//! PostgreSQL: one schema and one login role for each cell.
//!
//! The tables belong to the migration role, which the server uses to make and migrate cells and never to serve. A
//! cell's role may log in, see its own schema, read and write its rows, and add to its ledger and history; it owns
//! nothing, is a member of nothing, and may create nothing.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use skillsyms_core::CellId;
use skillsyms_vault::Secret;

use crate::engine::Db;
use crate::error::CellError;
use crate::migrate::{self, CellKind};

/// Connections that one cell's role may hold: the writer, the readers, and a few to spare for a second process.
const ROLE_CONNECTION_LIMIT: u32 = 16;

/// The advisory lock that lets one cell at a time be made or migrated in a database. Any number, never changed.
const PROVISION_LOCK: i64 = 0x736b_696c_6c73;

/// A cell's own login.
#[derive(Clone)]
pub struct Login {
    /// Name of role and schema. Opaque: it says nothing of the tenant.
    pub role: String,
    /// Its password, kept sealed by the vault when it is at rest.
    pub password: Secret<String>,
}

impl Login {
    /// The login of a cell.
    #[must_use]
    pub fn new(cell: CellId, password: Secret<String>) -> Self {
        Self {
            role: format!("c_{}", cell.uuid().simple()),
            password,
        }
    }
}

/// A PostgreSQL database and the migration role's way into it.
#[derive(Clone)]
pub struct Postgres {
    host: String,
    port: u16,
    database: String,
    admin: String,
    password: Secret<String>,
    sslmode: String,
}

impl Postgres {
    /// Reads `postgres://ROLE:PASSWORD@HOST[:PORT]/DATABASE[?sslmode=MODE]`. `sslmode` is `verify-full` unless the
    /// host is this machine.
    ///
    /// # Errors
    /// What is missing, in words; never the address itself, because it holds a password.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"));
        let rest = rest.ok_or("the PostgreSQL address must begin with postgres://")?;
        let (login, place) = rest
            .rsplit_once('@')
            .ok_or("the PostgreSQL address must name ROLE:PASSWORD@HOST")?;
        let (admin, password) = login
            .split_once(':')
            .ok_or("the PostgreSQL address must name a password")?;
        let (place, query) = place.split_once('?').unwrap_or((place, ""));
        let (host, database) = place
            .split_once('/')
            .ok_or("the PostgreSQL address must name a database")?;
        let (host, port) = host.split_once(':').unwrap_or((host, "5432"));
        let port = port
            .parse()
            .map_err(|_| "the port of the PostgreSQL address is not a number")?;
        let local = matches!(host, "localhost" | "127.0.0.1");
        let default_mode = if local { "prefer" } else { "verify-full" };
        let sslmode = query.strip_prefix("sslmode=").unwrap_or(default_mode);
        Ok(Self {
            host: host.to_owned(),
            port,
            database: database.to_owned(),
            admin: admin.to_owned(),
            password: Secret::new(password.to_owned()),
            sslmode: sslmode.to_owned(),
        })
    }

    /// libpq's connection string for a role.
    pub(crate) fn conninfo(&self, role: &str, password: &str) -> String {
        let quoted = |value: &str| value.replace('\\', "\\\\").replace('\'', "\\'");
        format!(
            "host='{}' port='{}' dbname='{}' user='{}' password='{}' sslmode='{}' connect_timeout='5' application_name='skillsyms'",
            quoted(&self.host),
            self.port,
            quoted(&self.database),
            quoted(role),
            quoted(password),
            quoted(&self.sslmode)
        )
    }

    fn admin(&self) -> Result<PgConnection, CellError> {
        let mut connection = PgConnection::establish(&self.conninfo(&self.admin, self.password.expose()))?;
        connection.batch_execute("SET client_min_messages = warning; SET lock_timeout = '10s'")?;
        Ok(connection)
    }

    /// Makes a cell's role and schema if they are not there, and brings its tables to the newest format.
    pub(crate) fn provision(&self, login: &Login, kind: CellKind) -> Result<(), CellError> {
        let mut connection = self.admin()?;
        // Grants on the database change one row of the catalogue, and PostgreSQL refuses to do that twice at once
        // ("tuple concurrently updated"). The lock goes when this connection closes.
        connection.batch_execute(&format!("SELECT pg_advisory_lock({PROVISION_LOCK})"))?;
        let role = &login.role;
        connection.batch_execute(&format!(
            "DO $$ BEGIN \
               IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN \
                 CREATE ROLE {role} LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION \
                   CONNECTION LIMIT {ROLE_CONNECTION_LIMIT}; \
               END IF; \
             END $$; \
             SET password_encryption = 'scram-sha-256'; \
             ALTER ROLE {role} PASSWORD '{}'; \
             CREATE SCHEMA IF NOT EXISTS {role}; \
             GRANT USAGE ON SCHEMA {role} TO {role}; \
             DO $$ BEGIN \
               EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()); \
               EXECUTE format('GRANT CONNECT ON DATABASE %I TO {role}', current_database()); \
             END $$; \
             SET search_path = {role}",
            login.password.expose().replace('\'', "''")
        ))?;
        let mut db = Db::Pg(connection);
        migrate::migrate(&mut db, kind)?;
        let frozen = migrate::append_only(kind).join(", ");
        db.batch(&format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {role} TO {role}; \
             REVOKE UPDATE, DELETE ON {frozen} FROM {role}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_never_printed() {
        let server = Postgres::parse("postgres://owner:p'w@db.example:6432/skills").unwrap();
        let conninfo = server.conninfo("c_1", "x");
        assert!(conninfo.contains("host='db.example' port='6432'"));
        assert!(conninfo.contains("sslmode='verify-full'"));
        assert!(Postgres::parse("postgres://owner@h/d").is_err());
        assert!(Postgres::parse("mysql://a:b@h/d").is_err());
    }

    #[test]
    fn a_quote_in_a_password_stays_inside_its_quotes() {
        let server = Postgres::parse("postgres://owner:x@localhost/skills").unwrap();
        assert!(
            server
                .conninfo("r", "a' host='evil")
                .contains(r"password='a\' host=\'evil'")
        );
    }
}
