//! The form in which an answer is asked for, by `Accept` (RFC 9110 section 12.5.1).

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use skillsyms_core::Problem;
use skillsyms_core::problem::Param;

use crate::problem::{NOT_ACCEPTABLE, Refused};

/// A thousandth is the finest weight that the header can say.
const WHOLE: u32 = 1_000;

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON: what is given if nothing is asked for.
    Json,
    /// A page for people.
    Html,
}

impl<S: Send + Sync> FromRequestParts<S> for Form {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        choose(&parts.headers)
    }
}

fn choose(headers: &HeaderMap) -> Result<Form, Refused> {
    let lines: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect();
    let ranges: Vec<(String, u32)> = lines
        .iter()
        .flat_map(|line| line.split(','))
        .filter_map(range)
        .collect();
    if ranges.is_empty() {
        return Ok(Form::Json);
    }
    let (json, html) = (weight(&ranges, "application/json"), weight(&ranges, "text/html"));
    match (json, html) {
        (0, 0) => {
            let offers = Param::Words(vec!["application/json", "text/html"]);
            Err(Problem::new(&NOT_ACCEPTABLE).with("offers", offers).into())
        }
        (json, html) if html > json => Ok(Form::Html),
        _ => Ok(Form::Json),
    }
}

/// A media range and its weight in thousandths.
fn range(text: &str) -> Option<(String, u32)> {
    let mut parts = text.split(';').map(str::trim);
    let media = parts.next().filter(|media| media.contains('/'))?.to_ascii_lowercase();
    let weight = parts
        .find_map(|part| part.strip_prefix("q="))
        .map_or(WHOLE, |text| thousandths(text).unwrap_or(0));
    Some((media, weight))
}

fn thousandths(text: &str) -> Option<u32> {
    let weight: f64 = text.parse().ok().filter(|weight| (0.0..=1.0).contains(weight))?;
    format!("{:.0}", weight * 1_000.0).parse().ok()
}

/// The weight of a media type: that of the most specific range that it lies in.
fn weight(ranges: &[(String, u32)], media: &str) -> u32 {
    let any = media
        .split('/')
        .next()
        .map(|kind| format!("{kind}/*"))
        .unwrap_or_default();
    let of = |wanted: &str| {
        ranges
            .iter()
            .find(|(range, _)| range == wanted)
            .map(|(_, weight)| *weight)
    };
    of(media).or_else(|| of(&any)).or_else(|| of("*/*")).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(lines: &[&str]) -> Result<Form, u16> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::ACCEPT, HeaderValue::from_str(line).unwrap());
        }
        choose(&headers).map_err(|refused| refused.0.code.status)
    }

    #[test]
    fn the_heavier_form_is_given() {
        assert_eq!(asked(&[]), Ok(Form::Json));
        assert_eq!(asked(&["*/*"]), Ok(Form::Json));
        assert_eq!(asked(&["application/json, text/html"]), Ok(Form::Json));
        assert_eq!(
            asked(&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"]),
            Ok(Form::Html)
        );
        assert_eq!(asked(&["text/html;q=0.2, application/json;q=0.1"]), Ok(Form::Html));
        assert_eq!(asked(&["text/*"]), Ok(Form::Html));
        assert_eq!(asked(&["text/html;q=0, */*"]), Ok(Form::Json));
        assert_eq!(asked(&["application/pdf"]), Err(406));
        assert_eq!(asked(&["text/html;q=NaN"]), Err(406));
    }
}
