//! Notices: what the ledger says of a credential's use beside the act that it was used for.
//!
//! Nobody does them, so no policy is asked: the directory finds them where it looks a credential up or notes its use, and the door
//! enters them in the transaction of that note. The list is closed.

/// One such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// A key was shown from where it may not be used, and refused.
    KeyElsewhere,
    /// A key was used from a network that it was not used from lately.
    KeyNewNetwork,
}

impl Notice {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::KeyElsewhere, Self::KeyNewNetwork];

    /// The word that stands in the ledger where the act's name stands else.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeyElsewhere => "api_key.elsewhere",
            Self::KeyNewNetwork => "api_key.new_network",
        }
    }

    /// What happened, in plain words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::KeyElsewhere => "An API key was refused for where it came from",
            Self::KeyNewNetwork => "An API key came from a new network",
        }
    }

    /// The notice of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.name() == name)
    }
}
