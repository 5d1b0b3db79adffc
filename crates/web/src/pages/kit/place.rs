//! Where a page stands: with a provider, or with the platform. The address says which cookie is read and no more.

/// Longest short name of a provider in an address: that of a DNS label.
const SLUG_CHARS_MAX: usize = 63;
/// Longest address that somebody is sent back to.
const RETURN_CHARS_MAX: usize = 1024;

/// Whose page it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A provider's, by its short name.
    Tenant(String),
    /// The operators'.
    Platform,
}

impl Place {
    /// The place of a path; none for what is public.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        if path == "/platform" || path.starts_with("/platform/") {
            return Some(Self::Platform);
        }
        let slug = path.strip_prefix("/t/")?.split('/').next()?;
        is_slug(slug).then(|| Self::Tenant(slug.to_owned()))
    }

    /// The provider's short name as the API takes it; nothing for the platform.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Tenant(slug) => slug,
            Self::Platform => "",
        }
    }

    /// An address in this place: `sign-in` becomes `/t/demo/sign-in`.
    #[must_use]
    pub fn href(&self, rest: &str) -> String {
        match self {
            Self::Tenant(slug) => format!("/t/{slug}/{rest}"),
            Self::Platform => format!("/platform/{rest}"),
        }
    }

    /// The path as the registry of routes has it.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        match self {
            Self::Tenant(_) => "/t/{slug}/",
            Self::Platform => "/platform/",
        }
    }

    /// The address to go back to, if it is one in this place. Anything else would let a link lead away from here.
    #[must_use]
    pub fn back<'t>(&self, address: &'t str) -> Option<&'t str> {
        let is_here = Self::of(path_of(address)).as_ref() == Some(self);
        (is_here && is_local(address)).then_some(address)
    }
}

/// Whether an address is a plain path of this host.
#[must_use]
pub fn is_local(address: &str) -> bool {
    let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let path = path_of(address);
    let stays = !path.contains("//") && !path.split('/').any(|part| part == ".." || part == ".");
    address.len() <= RETURN_CHARS_MAX && is_plain && path.starts_with('/') && stays
}

fn path_of(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

/// Whether a text has the form of a provider's short name.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    (1..=SLUG_CHARS_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_the_first_part_of_the_path() {
        let demo = || Some(Place::Tenant("demo".to_owned()));
        assert_eq!(Place::of("/t/demo/learners"), demo());
        assert_eq!(Place::of("/t/demo"), demo());
        assert_eq!(Place::of("/platform/tenants"), Some(Place::Platform));
        for path in [
            "/",
            "/trust",
            "/t/",
            "/t/Demo/",
            "/t/a b/",
            "/t/%00/",
            "/platforms",
            "/api/v1/me",
        ] {
            assert_eq!(Place::of(path), None, "{path}");
        }
    }

    #[test]
    fn the_way_back_stays_in_the_place() {
        let place = Place::Tenant("demo".to_owned());
        for good in ["/t/demo/", "/t/demo/learners?q=a&x=%2F%2Fb", "/t/demo/account#top"] {
            assert_eq!(place.back(good), Some(good));
        }
        let long = format!("/t/demo/{}", "a".repeat(2_000));
        for bad in [
            "",
            "https://evil.example/t/demo/",
            "//evil.example",
            "/\\evil.example",
            "/t/demo//evil",
            "/t/demo/../other/",
            "/t/other/",
            "/t/demo/\r\nSet-Cookie: a=b",
            "/t/demo/é",
            "/trust",
            "javascript:alert(1)",
            &long,
        ] {
            assert_eq!(place.back(bad), None, "{bad}");
        }
    }
}
