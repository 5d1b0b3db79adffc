//! Forms that bring files (RFC 7578). They stream: the token and the other fields come first and are checked before the first
//! byte of a file is read, and then one file after the other goes on to where it is sealed.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::header;
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::asked::Asked;
use super::carry::Pairs;
use super::form::{FOREIGN, TOKEN, opened};
use crate::extract::Upload;
use crate::house::House;
use crate::problem::{BROKEN, Refused};

/// Bytes of a field that is no file: the longest is the token.
const FIELD_MAX_BYTES: u64 = 4 * 1024;
/// Fields before the first file.
const FIELDS_MAX: usize = 20;

/// A form of somebody signed in that brings files.
pub struct Files {
    /// The key under which the door does it once. Each file needs one of its own, made from this.
    pub key: String,
    fields: Pairs,
    first: Option<Field<'static>>,
    rest: Multipart<'static>,
}

/// One file of a form.
pub struct Brought {
    /// What its sender calls it.
    pub name: String,
    /// Its bytes.
    pub body: Upload,
}

impl FromRequest<House> for Files {
    type Rejection = Refused;

    async fn from_request(request: Request, house: &House) -> Result<Self, Refused> {
        let (mut parts, body) = request.into_parts();
        let asked = Asked::from_request_parts(&mut parts, house).await?;
        let kind = parts
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        // What is no such form has no token either.
        let boundary = kind
            .and_then(|kind| multer::parse_boundary(kind).ok())
            .ok_or(&FOREIGN)?;
        let limits = SizeLimit::new().for_field(TOKEN, FIELD_MAX_BYTES);
        let mut rest =
            Multipart::with_constraints(body.into_data_stream(), boundary, Constraints::new().size_limit(limits));
        let mut fields = Pairs::new();
        let mut first = None;
        while let Some(field) = rest.next_field().await.map_err(broken)? {
            if field.file_name().is_some() {
                first = Some(field);
                break;
            }
            if fields.len() >= FIELDS_MAX {
                return Err((&BROKEN).into());
            }
            let name = field.name().unwrap_or_default().to_owned();
            fields.push((name, text(field).await?));
        }
        let token = value(&fields, TOKEN).ok_or(&FOREIGN)?;
        let (key, _) = opened(&asked, token)?;
        Ok(Self {
            key,
            fields,
            first,
            rest,
        })
    }
}

impl Files {
    /// Value of a field that stands before the files.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        value(&self.fields, name).unwrap_or_default()
    }

    /// The next file. The one before must have been read, or it is lost. A field for files in which none was chosen is left
    /// out.
    ///
    /// # Errors
    /// If the form broke off, or is larger than the route takes.
    pub async fn next(&mut self) -> Result<Option<Brought>, Refused> {
        loop {
            let field = match self.first.take() {
                Some(field) => Some(field),
                None => self.rest.next_field().await.map_err(broken)?,
            };
            let Some(field) = field else { return Ok(None) };
            let name = field.file_name().unwrap_or_default().to_owned();
            if !name.is_empty() {
                return Ok(Some(Brought {
                    name,
                    body: Upload::part(Body::from_stream(field)),
                }));
            }
        }
    }
}

fn value<'f>(fields: &'f Pairs, name: &str) -> Option<&'f str> {
    let found = fields.iter().find(|(found, _)| found == name);
    found.map(|(_, value)| value.as_str())
}

/// The text of a field that is no file.
async fn text(mut field: Field<'static>) -> Result<String, Refused> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(broken)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() as u64 > FIELD_MAX_BYTES {
            return Err((&BROKEN).into());
        }
    }
    String::from_utf8(bytes).map_err(|_| Refused::from(&BROKEN))
}

fn broken(error: multer::Error) -> Refused {
    crate::extract::body::broken(&error)
}
