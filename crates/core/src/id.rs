//! Ids: UUID version 7 in newtypes, one for each kind of thing, so that they cannot be mixed up.
//! In SQL they are 16 bytes; in JSON and in paths the hyphenated text of RFC 9562.

use std::fmt;
use std::str::FromStr;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Binary;
use uuid::Uuid;

/// The text is not an id.
#[derive(Debug, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, AsExpression, FromSqlRow)]
        #[diesel(sql_type = Binary)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an id that was drawn or read.
            #[must_use]
            pub const fn new(id: Uuid) -> Self { Self(id) }

            /// The id itself.
            #[must_use]
            pub const fn uuid(self) -> Uuid { self.0 }

            /// Its 16 bytes, as SQL keeps them.
            #[must_use]
            pub const fn bytes(&self) -> &[u8; 16] { self.0.as_bytes() }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": "uuid" })
            }
        }

        impl<DB: Backend> ToSql<Binary, DB> for $name
        where
            [u8]: ToSql<Binary, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                <[u8] as ToSql<Binary, DB>>::to_sql(self.0.as_bytes().as_slice(), out)
            }
        }

        impl<DB: Backend> FromSql<Binary, DB> for $name
        where
            Vec<u8>: FromSql<Binary, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                let bytes = <Vec<u8> as FromSql<Binary, DB>>::from_sql(bytes)?;
                Ok(Self(Uuid::from_slice(&bytes)?))
            }
        }
    )+};
}

ids! {
    /// A tenant's database, or the platform's own. Opaque: it says nothing of the tenant's name.
    CellId,
    /// Somebody who may sign in: staff, learner, or operator of the platform.
    PersonId,
    /// A signed-in session.
    SessionId,
    /// A second factor: an authenticator app or a passkey.
    FactorId,
    /// A question that a passkey answers once.
    CeremonyId,
    /// A code that takes the place of a second factor once.
    RecoveryCodeId,
    /// An API key.
    ApiKeyId,
    /// An invitation by one-time link.
    InvitationId,
    /// A way to a new password by one-time link.
    ResetId,
    /// A mail that waits to be sent.
    MailId,
    /// The registration of an assessor or moderator with a quality assurance body.
    RegistrationId,
    /// A learner's record.
    LearnerId,
    /// A qualification, part qualification, skills programme or learnership that a provider offers.
    ProgrammeId,
    /// A module or unit standard of a programme.
    ModuleId,
    /// A learner's enrolment in a programme.
    EnrolmentId,
    /// An interruption of an enrolment, or its end.
    PauseId,
    /// A file of a portfolio of evidence.
    EvidenceId,
    /// One attempt at one module, judged by an assessor.
    AssessmentId,
    /// A sample drawn for moderation.
    SampleId,
    /// A moderator's decision on one assessment.
    ModerationId,
    /// Something that waits for somebody: a module to assess, an assessment to moderate.
    TaskId,
    /// A locked result of one learner in one module.
    ResultId,
    /// A learner's question about an entry on their record.
    QueryId,
    /// A statement of results.
    StatementId,
    /// An import of a file.
    ImportId,
    /// An entry in the ledger.
    EntryId,
    /// One request, quoted to the caller and in the logs.
    Reference,
}
