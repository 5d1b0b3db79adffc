//! Problems: what goes wrong, in a form that cannot carry internal text or personal data to a caller.
//!
//! A [`Problem`] is made of a static [`Code`] and typed parameters only (RFC 9457 at the edge). Whatever led
//! to it is logged where it happened, with the reference that the caller is given.

use std::borrow::Cow;
use std::fmt;

use crate::time::Instant;

/// What kind of problem it is. Each slice declares its codes as constants.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable name, `slice.reason`, which clients may match on.
    pub name: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What happened and what to do next, in plain words.
    pub title: &'static str,
}

impl Code {
    /// Declares a code.
    #[must_use]
    pub const fn new(name: &'static str, status: u16, title: &'static str) -> Self {
        Self { name, status, title }
    }
}

/// The answer for what is absent and for what is not yours: the two cannot be told apart.
pub static NOT_FOUND: Code = Code::new(
    "not_found",
    404,
    "There is nothing here that you may see. Check the address, or ask an administrator for access.",
);
/// The actor may not do this at all, whatever the target.
pub static FORBIDDEN: Code = Code::new(
    "forbidden",
    403,
    "Your role does not allow this. Ask an administrator if you need it.",
);
/// No valid credential came with the request.
pub static UNAUTHENTICATED: Code = Code::new("unauthenticated", 401, "Sign in, or send a valid API key.");
/// A sensitive act needs the credential again.
pub static STEP_UP: Code = Code::new(
    "step_up_required",
    403,
    "Confirm that it is you, then try again: this act needs a fresh confirmation within five minutes.",
);
/// The session waits for the second factor.
pub static SECOND_FACTOR: Code = Code::new(
    "second_factor_required",
    403,
    "Show your second factor first: the code of your authenticator app, or a recovery code.",
);
/// The role takes a second factor, and there is none.
pub static SECOND_FACTOR_SETUP: Code = Code::new(
    "second_factor_setup",
    403,
    "Your role takes a second factor. Set up an authenticator app first.",
);
/// The act needs a stated purpose.
pub static PURPOSE: Code = Code::new(
    "purpose_required",
    422,
    "Say why you need this. The purpose is shown to the learner.",
);
/// Values were refused; the fields say which.
pub static INVALID: Code = Code::new(
    "invalid",
    422,
    "Some values are not right. Correct the fields named here and send it again.",
);
/// The record changed since it was read.
pub static STALE: Code = Code::new(
    "stale",
    412,
    "Somebody changed this record since you read it. Read it again and repeat your change.",
);
/// Too much work is waiting.
pub static BUSY: Code = Code::new(
    "busy",
    503,
    "The system is busy. Nothing was changed; try again in a moment.",
);
/// The disk is full, or storage failed.
pub static STORAGE: Code = Code::new(
    "storage",
    507,
    "There is no room to store this. Nothing was changed; tell the operator.",
);
/// A fault of ours.
pub static INTERNAL: Code = Code::new(
    "internal",
    500,
    "Something failed on our side. Nothing was changed; quote the reference if you report it.",
);
/// An idempotency key came back with another request.
pub static IDEMPOTENCY: Code = Code::new(
    "idempotency_mismatch",
    422,
    "This idempotency key was used for a different request. Use a new key.",
);

/// A parameter of a problem. It can hold nothing that was typed by a person.
#[derive(Clone, Debug, PartialEq)]
pub enum Param {
    /// A number or a count.
    Int(i64),
    /// A word of ours.
    Word(&'static str),
    /// An id.
    Id(uuid::Uuid),
    /// An instant.
    At(Instant),
    /// Words of ours, for example the values that would be accepted.
    Words(Vec<&'static str>),
}

/// One field that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) or column name.
    pub field: Cow<'static, str>,
    /// Stable name of the reason.
    pub code: &'static str,
    /// What is wrong and what would be right. Never repeats the value.
    pub message: &'static str,
}

/// What went wrong: a code, its parameters, and the fields it concerns.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What kind of problem.
    pub code: &'static Code,
    /// Typed parameters, by name.
    pub params: Vec<(&'static str, Param)>,
    /// The fields refused, if any.
    pub fields: Vec<FieldError>,
}

impl Problem {
    /// A problem of this kind.
    #[must_use]
    pub const fn new(code: &'static Code) -> Self {
        Self {
            code,
            params: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Param) -> Self {
        self.params.push((name, value));
        self
    }

    /// Values were refused in these fields.
    #[must_use]
    pub const fn invalid(fields: Vec<FieldError>) -> Self {
        Self {
            code: &INVALID,
            params: Vec::new(),
            fields,
        }
    }

    /// One field was refused.
    #[must_use]
    pub fn field(field: impl Into<Cow<'static, str>>, code: &'static str, message: &'static str) -> Self {
        Self::invalid(vec![FieldError {
            field: field.into(),
            code,
            message,
        }])
    }

    /// The answer for absent and forbidden targets alike.
    #[must_use]
    pub const fn not_found() -> Self {
        Self::new(&NOT_FOUND)
    }

    /// A fault of ours.
    #[must_use]
    pub const fn internal() -> Self {
        Self::new(&INTERNAL)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name, self.code.title)?;
        for field in &self.fields {
            write!(f, " [{}: {}]", field.field, field.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
