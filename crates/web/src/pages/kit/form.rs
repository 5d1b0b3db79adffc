//! Forms: read once, their token checked, their values kept for showing them again beside what is wrong.
//!
//! The hidden field `form` is made anew whenever a form is shown: random bytes, whose form it is, and a tag that only
//! the session's own secret makes. It proves that the form is ours, and its random part is the key under which the door
//! does the act once, so that a double click or a repeated request does it once.

use axum::extract::{FromRequest, FromRequestParts, Request};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use skillsyms_core::problem::{
    FORBIDDEN, INVALID, NOT_FOUND, SECOND_FACTOR, SECOND_FACTOR_SETUP, STALE, STEP_UP, UNAUTHENTICATED,
};
use skillsyms_core::{Code, PersonId, Problem};
use skillsyms_vault::{Secret, SystemRng, sha256, token};
use uuid::Uuid;

use super::asked::{Asked, Session};
use super::carry::{Pairs, Parcel, Sent, is_never_kept, is_never_shown};
use super::words::Words;
use crate::extract::{body, shape};
use crate::house::House;
use crate::problem::{MEDIA, Refused};

/// The hidden field with the token.
pub const TOKEN: &str = "form";
/// The hidden field with a form that is sent on.
pub const RESUME: &str = "resume";
/// What the tag of a token is for.
const WHAT: &str = "form";
/// Random bytes of a token: it is also the key of what is done once.
const NONCE_BYTES: usize = 18;
/// Fields of one form: the longest is the check-list of a module with 100 criteria.
const FIELDS_MAX: usize = 400;

/// The form is not one that this session was shown.
pub static FOREIGN: Code = Code::new(
    "form_token",
    403,
    "This form was not made for you, or is too old. Go back, load the page again, and send it once more.",
);

/// The hidden field's value for a form of this session and person.
#[must_use]
pub fn new_token(session: &Session, person: PersonId) -> String {
    let nonce = token(&SystemRng, NONCE_BYTES);
    let head = format!("{nonce}.{}", person.uuid().simple());
    let tag = session.carried().tag(WHAT, head.as_bytes());
    format!("{head}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// The key under which the door does a form once, and who filled it in; for forms that are not read as a whole.
pub(super) fn opened(asked: &Asked, token: &str) -> Result<(String, PersonId), Refused> {
    let session = asked.session().ok_or(&UNAUTHENTICATED)?;
    let (key, person) = read_token(session, token).ok_or(&FOREIGN)?;
    Ok((format!("{key}.{}", once_at(asked.path())), person))
}

/// The random part and the person of a token that this session made.
fn read_token(session: &Session, text: &str) -> Option<(String, PersonId)> {
    let (head, tag) = text.rsplit_once('.')?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
    if !session.carried().is_tag(WHAT, head.as_bytes(), &tag) {
        return None;
    }
    let (nonce, person) = head.split_once('.')?;
    Some((nonce.to_owned(), PersonId::new(Uuid::try_parse(person).ok()?)))
}

/// The form of somebody signed in.
pub struct Form<T> {
    /// What it says.
    pub value: T,
    /// All that was filled in, to show it again.
    pub pairs: Pairs,
    /// The key under which the door does it once.
    pub key: String,
    /// SHA-256 of what was filled in.
    pub digest: [u8; 32],
}

impl<T> Form<T> {
    /// Every value of a field that may be there several times: boxes.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let found = self.pairs.iter().filter(move |(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl<T: DeserializeOwned> FromRequest<House> for Form<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, house: &House) -> Result<Self, Refused> {
        let (asked, mut pairs) = read(request, house).await?;
        let session = asked.session().ok_or(&UNAUTHENTICATED)?;
        let text = take(&mut pairs, TOKEN).ok_or(&FOREIGN)?;
        let (key, person) = read_token(session, &text).ok_or(&FOREIGN)?;
        if let Some(text) = take(&mut pairs, RESUME) {
            let now = house.door().clock().now();
            let parcel = Parcel::open(&text, &session.carried(), person, now).ok_or(&FOREIGN)?;
            if parcel.path != asked.path() {
                return Err((&FOREIGN).into());
            }
            pairs = parcel.pairs;
        }
        asked.keep(Sent {
            person,
            pairs: pairs.clone(),
        });
        let (value, digest) = (parse(&pairs)?, sha256(encode(&pairs).as_bytes()));
        pairs.retain(|(name, _)| !is_never_kept(name));
        Ok(Self {
            value,
            digest,
            pairs,
            key: format!("{key}.{}", once_at(asked.path())),
        })
    }
}

/// The form of somebody who is not signed in. That it comes from a page of ours, the frame has checked.
pub struct OpenForm<T> {
    /// What it says.
    pub value: T,
    /// All that was filled in, to show it again.
    pub pairs: Pairs,
}

impl<T: DeserializeOwned> FromRequest<House> for OpenForm<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, house: &House) -> Result<Self, Refused> {
        let (_, mut pairs) = read(request, house).await?;
        let _ = take(&mut pairs, TOKEN);
        let value = parse(&pairs)?;
        pairs.retain(|(name, _)| !is_never_kept(name));
        Ok(Self { value, pairs })
    }
}

/// The forms of one page share a token: each is done once by itself.
fn once_at(path: &str) -> String {
    let digest = sha256(path.as_bytes());
    URL_SAFE_NO_PAD.encode(digest.first_chunk::<12>().unwrap_or(&[0; 12]))
}

async fn read(request: Request, house: &House) -> Result<(Asked, Pairs), Refused> {
    const FORM: &str = "application/x-www-form-urlencoded";
    let (mut parts, bytes) = request.into_parts();
    let asked = Asked::from_request_parts(&mut parts, house).await?;
    let request = Request::from_parts(parts, bytes);
    if body::media_type(&request) != FORM {
        return Err((&MEDIA).into());
    }
    let bytes = body::whole(request.into_body()).await?;
    let pairs: Pairs = form_urlencoded::parse(&bytes)
        .take(FIELDS_MAX)
        .map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n")))
        .collect();
    Ok((asked, pairs))
}

fn take(pairs: &mut Pairs, name: &str) -> Option<String> {
    let at = pairs.iter().position(|(found, _)| found == name)?;
    Some(pairs.remove(at).1)
}

fn encode(pairs: &Pairs) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

fn parse<T: DeserializeOwned>(pairs: &Pairs) -> Result<T, Refused> {
    let text = encode(pairs);
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(reader)
        .map_err(|error| shape::problem(error.path(), &error.inner().to_string()).into())
}

/// A form as a template shows it: what was filled in, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct FormView {
    /// Value of the hidden field; empty for somebody who is not signed in.
    pub token: String,
    pairs: Pairs,
    own: Option<(&'static str, Secret<String>)>,
    errors: Vec<Wrong>,
}

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Wrong {
    /// Name of the field; empty for the form as a whole.
    pub field: String,
    /// What the field is called, if the message alone would not say where.
    pub label: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl FormView {
    /// An empty form with this token.
    #[must_use]
    pub fn new(token: String) -> Self {
        Self {
            token,
            ..Self::default()
        }
    }

    /// With these values in its fields.
    #[must_use]
    pub fn filled(mut self, pairs: Pairs) -> Self {
        self.pairs = pairs;
        self
    }

    /// With this value in one field.
    #[must_use]
    pub fn fill(mut self, name: &str, value: impl Into<String>) -> Self {
        self.pairs.push((name.to_owned(), value.into()));
        self
    }

    /// With the hidden field of this layout's forms.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }

    /// With this value in one field, in the place of what was filled in.
    #[must_use]
    pub fn instead(mut self, name: &str, value: impl Into<String>) -> Self {
        self.pairs.retain(|(found, _)| found != name);
        self.fill(name, value)
    }

    /// With a secret that the person sent from this very form, in its field again: the code of their link. Only for pages of a place,
    /// which no cache keeps.
    #[must_use]
    pub fn own(mut self, name: &'static str, secret: Secret<String>) -> Self {
        self.own = Some((name, secret));
        self
    }

    /// With what a problem says of it. Problems that no correction of the form solves go on as they are, to a page of
    /// their own.
    ///
    /// # Errors
    /// The problem, if it is not about what was filled in.
    pub fn refused(mut self, problem: Problem, words: Words) -> Result<Self, Refused> {
        let elsewhere = [
            &UNAUTHENTICATED,
            &STEP_UP,
            &SECOND_FACTOR,
            &SECOND_FACTOR_SETUP,
            &FORBIDDEN,
            &NOT_FOUND,
            &STALE,
        ];
        if problem.code.status >= 500 || elsewhere.iter().any(|code| *problem.code == **code) {
            return Err(problem.into());
        }
        for field in &problem.fields {
            let message = words.find(&word("field-", field.code));
            self.errors.push(Wrong {
                label: String::new(),
                field: field.field.trim_start_matches('/').to_owned(),
                message: message.unwrap_or_else(|| field.message.to_owned()),
            });
        }
        if self.errors.is_empty() || problem.code != &INVALID {
            self.errors.push(Wrong {
                label: String::new(),
                field: String::new(),
                message: problem_text(words, problem.code),
            });
        }
        Ok(self)
    }

    /// With something that is wrong with one field, or with none if its name is empty.
    #[must_use]
    pub fn wrong(mut self, field: &str, message: impl Into<String>) -> Self {
        self.errors.push(Wrong {
            label: String::new(),
            field: field.to_owned(),
            message: message.into(),
        });
        self
    }

    /// With the names of the fields in the summary, for long forms in which the same thing is wrong with many.
    #[must_use]
    pub fn labelled(mut self, label: impl Fn(&str) -> Option<String>) -> Self {
        for wrong in &mut self.errors {
            wrong.label = label(&wrong.field).unwrap_or_default();
        }
        self
    }

    /// What is wrong, in order.
    #[must_use]
    pub fn errors(&self) -> &[Wrong] {
        &self.errors
    }

    /// What is wrong with one field.
    #[must_use]
    pub fn error(&self, name: &str) -> Option<&str> {
        let found = self.errors.iter().find(|wrong| wrong.field == name);
        found.map(|wrong| wrong.message.as_str())
    }

    /// What was filled into one field. Passwords and numbers of identity are not shown again.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        if let Some((_, secret)) = self.own.as_ref().filter(|(own, _)| *own == name) {
            return secret.expose();
        }
        if is_never_shown(name) {
            return "";
        }
        let found = self.pairs.iter().find(|(found, _)| found == name);
        found.map_or("", |(_, value)| value)
    }

    /// Whether this choice was made: of boxes, of radio buttons, of a list.
    #[must_use]
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.pairs
            .iter()
            .any(|(found, chosen)| found == name && chosen == value)
    }
}

/// What a problem says to people: in their language if it was put into it, else as its code has it.
#[must_use]
pub fn problem_text(words: Words, code: &'static Code) -> String {
    words
        .find(&word("problem-", code.name))
        .unwrap_or_else(|| code.title.to_owned())
}

fn word(family: &str, code: &str) -> String {
    format!("{family}{}", code.replace(['.', '_'], "-"))
}
