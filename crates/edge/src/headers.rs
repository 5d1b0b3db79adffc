//! Security headers on every answer, whatever made it.

use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// How long browsers are told to use TLS only, RFC 6797.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hsts {
    /// Two years and all subdomains, as the preload lists ask: for production.
    TwoYears,
    /// Five minutes: for the demo on `localhost`, where browsers would apply it to every other port as well.
    FiveMinutes,
}

impl Hsts {
    const fn value(self) -> &'static str {
        match self {
            Self::TwoYears => "max-age=63072000; includeSubDomains",
            Self::FiveMinutes => "max-age=300",
        }
    }
}

/// For answers that are no pages: nothing may be loaded, framed or submitted.
const CSP_NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Set on every answer, over whatever the handler said.
const ALWAYS: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
         magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(self), usb=()",
    ),
];

/// Set where the handler said nothing. Pages bring a policy of their own; static files may be cached.
const UNLESS_SET: [(HeaderName, &str); 2] = [
    (header::CONTENT_SECURITY_POLICY, CSP_NOTHING),
    (header::CACHE_CONTROL, "no-store"),
];

/// Puts the headers on an answer and takes away what tells of the software behind it.
pub(crate) fn secure(response: &mut Response, hsts: Hsts) {
    let headers = response.headers_mut();
    headers.remove(header::SERVER);
    headers.remove("x-powered-by");
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static(hsts.value()),
    );
    for (name, value) in UNLESS_SET {
        set_if_absent(headers, name, value);
    }
}

fn set_if_absent(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn every_answer_has_them_and_no_software_names_itself() {
        let mut response = Response::new(Body::empty());
        response
            .headers_mut()
            .insert(header::SERVER, HeaderValue::from_static("something/1.0"));
        response
            .headers_mut()
            .insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("ALLOWALL"));
        secure(&mut response, Hsts::TwoYears);
        let headers = response.headers();
        assert!(!headers.contains_key(header::SERVER));
        for (name, value) in ALWAYS.into_iter().chain(UNLESS_SET) {
            assert_eq!(headers[&name], value, "{name}");
        }
        assert_eq!(
            headers[header::STRICT_TRANSPORT_SECURITY],
            "max-age=63072000; includeSubDomains"
        );
    }

    #[test]
    fn a_page_keeps_its_own_policy() {
        let mut response = Response::new(Body::empty());
        let own = HeaderValue::from_static("default-src 'self'");
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, own.clone());
        secure(&mut response, Hsts::FiveMinutes);
        assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], own);
    }
}
