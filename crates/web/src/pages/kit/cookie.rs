//! Cookies: one for each provider's session, and one for the language. All are `__Host-`: of this host alone, over TLS alone.

use http::{HeaderMap, HeaderValue, header};
use skillsyms_core::CellId;

/// Cookies that are looked at: a person with more providers than this is not one.
const COOKIES_MAX: usize = 100;

/// How the names of sessions' cookies begin.
const SESSION: &str = "__Host-s-";

/// Name of the cookie of a provider's session.
#[must_use]
pub fn session_name(cell: CellId) -> String {
    format!("{SESSION}{}", cell.uuid().simple())
}

/// What stands in the cookies of sessions, of whichever provider.
pub fn sessions(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let ours = pairs(headers).filter(|(name, _)| name.starts_with(SESSION));
    ours.map(|(_, value)| value)
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(header::COOKIE).iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .take(COOKIES_MAX)
        .filter_map(|pair| pair.trim().split_once('='))
}

/// The value of a cookie. One that is sent twice is none: somebody else may have planted the other.
#[must_use]
pub fn read<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut found = pairs(headers)
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// The line that sets a session's cookie. It lives as long as the browser; the session ends by itself before that.
#[must_use]
pub fn set_session(cell: CellId, token: &str) -> Option<HeaderValue> {
    let name = session_name(cell);
    let mut line = HeaderValue::from_str(&format!("{name}={token}; Path=/; Secure; HttpOnly; SameSite=Lax")).ok()?;
    line.set_sensitive(true);
    Some(line)
}

/// The line that takes a session's cookie away.
#[must_use]
pub fn end_session(cell: CellId) -> Option<HeaderValue> {
    let name = session_name(cell);
    HeaderValue::from_str(&format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")).ok()
}

/// The line that keeps a language for a year.
#[must_use]
pub fn set_language(tag: &'static str) -> Option<HeaderValue> {
    let name = super::words::COOKIE;
    HeaderValue::from_str(&format!(
        "{name}={tag}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000"
    ))
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_from(lines: &[&str], name: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_str(line).unwrap());
        }
        read(&headers, name).map(str::to_owned)
    }

    #[test]
    fn a_cookie_is_read_once_or_not_at_all() {
        assert_eq!(read_from(&["a=1; b=2"], "b").as_deref(), Some("2"));
        assert_eq!(read_from(&["a=1", "b=2=3"], "b").as_deref(), Some("2=3"));
        assert_eq!(read_from(&["b=1; b=2"], "b"), None);
        assert_eq!(read_from(&["b=1", "b=1"], "b"), None);
        assert_eq!(read_from(&["bb=1; B=1"], "b"), None);
        assert_eq!(read_from(&[], "b"), None);
    }
}
