//! The orders of lists.

use schemars::JsonSchema;
use serde::Deserialize;

/// In which order a list by age goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ByAge {
    /// The oldest first.
    Oldest,
    /// The newest first.
    Newest,
}

impl ByAge {
    /// Reads its word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "oldest" => Some(Self::Oldest),
            "newest" => Some(Self::Newest),
            _ => None,
        }
    }

    /// Its word in addresses and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oldest => "oldest",
            Self::Newest => "newest",
        }
    }
}
