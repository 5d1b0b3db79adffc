//! Style, script and icon: compiled in, compressed once at start, under an address that changes with their content, so that
//! a browser asks for each once.

use std::io::Write as _;
use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::{RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderValue, StatusCode, header};
use skillsyms_vault::sha256;

use super::frame::takes;
use crate::problem::{NO_ROUTE, Refused};
use crate::routes::Route;

/// The files. A new one needs a line here.
const FILES: [(&str, &str, &[u8]); 4] = [
    (
        "app.css",
        "text/css; charset=utf-8",
        include_bytes!("../../../assets/app.css"),
    ),
    (
        "app.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../../assets/app.js"),
    ),
    (
        "passkey.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../../assets/passkey.js"),
    ),
    ("icon.svg", "image/svg+xml", include_bytes!("../../../assets/icon.svg")),
];
/// Bytes of the digest that stand in an address: 64 bits tell releases apart.
const DIGEST_BYTES: usize = 8;
/// Brotli's highest quality: it is done once.
const BROTLI_QUALITY: u32 = 11;
/// Brotli's window of 4 MiB, its default, as the logarithm.
const BROTLI_WINDOW: u32 = 22;
/// A year, and never asked for again: another content has another address.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

struct Asset {
    name: &'static str,
    kind: &'static str,
    digest: String,
    plain: &'static [u8],
    gzip: Vec<u8>,
    brotli: Vec<u8>,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let made = FILES.iter().map(|(name, kind, plain)| {
        let digest = sha256(plain);
        let digest = digest
            .iter()
            .take(DIGEST_BYTES)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Asset {
            name,
            kind,
            digest,
            plain,
            gzip: gzip(plain).unwrap_or_default(),
            brotli: brotli(plain).unwrap_or_default(),
        }
    });
    made.collect()
});

fn gzip(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

fn brotli(plain: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut out, 4096, BROTLI_QUALITY, BROTLI_WINDOW);
    encoder.write_all(plain).ok()?;
    encoder.flush().ok()?;
    drop(encoder);
    Some(out)
}

/// Address of an asset. One that is not there has an address that is not there.
#[must_use]
pub fn href(name: &str) -> String {
    let digest = ASSETS
        .iter()
        .find(|asset| asset.name == name)
        .map_or("", |asset| asset.digest.as_str());
    format!("/assets/{digest}/{name}")
}

pub(crate) fn routes() -> Vec<Route> {
    vec![Route::asset("/assets/{digest}/{name}", serve).about("Style, script and icon of the pages")]
}

async fn serve(params: RawPathParams, request: Request) -> Response {
    let of = |wanted: &str| {
        params
            .iter()
            .find(|(name, _)| *name == wanted)
            .map_or("", |(_, value)| value)
    };
    let (digest, name) = (of("digest"), of("name"));
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name && asset.digest == digest) else {
        return Refused::from(&NO_ROUTE).into_response();
    };
    let tag = format!("\"{}\"", asset.digest);
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|line| {
        line.split(',')
            .any(|known| known.trim().trim_start_matches("W/") == tag)
    });
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body(asset, &request)
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, FOREVER);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn body(asset: &Asset, request: &Request) -> Response {
    let packed = [("br", &asset.brotli), ("gzip", &asset.gzip)];
    let chosen = packed
        .into_iter()
        .find(|(coding, body)| !body.is_empty() && takes(request.headers(), coding));
    let (coding, body) = match chosen {
        Some((coding, body)) => (Some(coding), body.clone()),
        None => (None, asset.plain.to_vec()),
    };
    let mut response = Response::new(Body::from(body));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    if let Some(coding) = coding {
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_stays_small() {
        let script = ASSETS.iter().find(|asset| asset.name == "app.js").unwrap();
        assert!(script.plain.len() < 10_000, "{} bytes", script.plain.len());
    }

    #[test]
    fn style_and_script_fit_into_the_first_visit() {
        let sent: usize = ASSETS.iter().map(|asset| asset.brotli.len()).sum();
        assert!(sent < 20_000, "{sent} bytes");
        assert!(ASSETS.iter().all(|asset| asset.gzip.len() < asset.plain.len()));
    }
}
