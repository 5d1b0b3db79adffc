//! The operators' pages, under `/platform/`: how the platform is, its providers, its promises, the heads of its logs. Signing in,
//! the account and invitations are the pages that providers' people have, at addresses of their own.

mod change;
mod checkpoints;
mod controls;
mod invite;
mod one;
mod operators;
mod overview;
mod tenants;

use skillsyms_door::TenantState;

use super::kit::Words;
use super::{factors, me, people, reset, sessions};
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    [
        sessions::of_platform(),
        factors::of_platform(),
        people::of_platform(),
        me::of_platform(),
        reset::of_platform(),
        overview::routes(),
        tenants::routes(),
        one::routes(),
        change::routes(),
        invite::routes(),
        controls::routes(),
        checkpoints::routes(),
        operators::routes(),
    ]
    .concat()
}

/// A state of a provider: its word, and the tone of its tag.
fn state_word(words: Words, state: &str) -> (String, &'static str) {
    match TenantState::parse(state) {
        Some(TenantState::Active) => (words.get("state-tenant-active"), "good"),
        Some(TenantState::Suspended) => (words.get("state-tenant-suspended"), "bad"),
        Some(TenantState::Creating) | None => (words.get("state-tenant-creating"), "busy"),
    }
}

/// `12 kB`, `3.4 MB`, `5.6 GB`.
fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit / (unit / 10));
    match bytes {
        0..1_000_000 => format!("{} kB", (bytes / 1_000).max(1)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_said_in_the_unit_that_fits() {
        assert_eq!(size(0), "1 kB");
        assert_eq!(size(999_999), "999 kB");
        assert_eq!(size(1_250_000), "1.2 MB");
        assert_eq!(size(5_640_000_000), "5.6 GB");
    }
}
