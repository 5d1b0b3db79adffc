//! The text of a mail: plain, in the words of its language, with at most one link.

use skillsyms_core::MailId;
use skillsyms_people::mail::{MailKind, Outgoing};
use skillsyms_vault::Zeroizing;

use crate::pages::kit::{Place, When, Words};

/// A mail as it is sent.
pub struct Letter {
    /// Which; it becomes the `Message-ID`, so that a mail that is sent twice is seen once.
    pub id: MailId,
    /// To which address.
    pub to: Zeroizing<String>,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: Zeroizing<String>,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({})", self.id)
    }
}

/// Whose mail it is: the site's address, and the provider's names.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The address of this site, as links begin: `https://records.example.co.za`.
    pub site: &'a str,
    /// The provider's short name.
    pub slug: &'a str,
    /// The provider's name.
    pub name: &'a str,
}

/// Writes a mail.
#[must_use]
pub fn write(mail: &Outgoing, sender: Sender<'_>) -> Letter {
    let words = Words::named(&mail.language).unwrap_or_default();
    let with = |key: &str| words.with(key, "provider", sender.name);
    let until = When::from(mail.ends_at).text();
    let until = |key: &str| words.with(key, "until", until.as_str());
    // What somebody did with their own account, or somebody else in their name.
    let notice = |subject: &str, text: &str| {
        (
            with(subject),
            format!("{}\n\n{}", with(text), words.get("mail-factor-not-you")),
            "reset",
            String::new(),
        )
    };
    let about_key =
        |subject: &str, text: &str| (with(subject), key_text(mail, sender, text), "api-keys", String::new());
    let (subject, before, page, after) = match mail.kind {
        MailKind::Invitation => (
            with("mail-invitation-subject"),
            with("mail-invitation-text"),
            "invitation",
            // It works longer than the mail is worth sending, so it is not said until when.
            words.get("mail-invitation-once"),
        ),
        MailKind::Reset => (
            with("mail-reset-subject"),
            with("mail-reset-text"),
            "reset/password",
            until("mail-reset-until"),
        ),
        MailKind::PasswordChanged => (
            with("mail-changed-subject"),
            format!("{}\n\n{}", with("mail-changed-text"), words.get("mail-changed-not-you")),
            "reset",
            String::new(),
        ),
        MailKind::FactorAdded => notice("mail-factor-added-subject", "mail-factor-added-text"),
        MailKind::FactorRemoved => notice("mail-factor-removed-subject", "mail-factor-removed-text"),
        MailKind::CodesRenewed => notice("mail-codes-renewed-subject", "mail-codes-renewed-text"),
        MailKind::KeyEnds => about_key("mail-key-ends-subject", "mail-key-ends-text"),
        MailKind::KeyLeaked => about_key("mail-key-leaked-subject", "mail-key-leaked-text"),
    };
    let mut link = Zeroizing::new(format!(
        "{}{}",
        sender.site,
        Place::Tenant(sender.slug.to_owned()).href(page)
    ));
    if let Some(token) = &mail.token {
        link.push('#');
        link.push_str(token.expose());
    }
    let mut text = Zeroizing::new(format!(
        "{}\n\n{before}\n\n{}\n",
        words.get("mail-hello"),
        link.as_str()
    ));
    if !after.is_empty() {
        text.push_str(&format!("\n{after}\n"));
    }
    text.push_str(&format!("\n{}\n", words.get("mail-foot")));
    Letter {
        id: mail.id,
        to: Zeroizing::new(mail.to.expose().clone()),
        subject,
        text,
    }
}

/// What is said of the API key that a mail is about.
fn key_text(mail: &Outgoing, sender: Sender<'_>, text: &str) -> String {
    let words = Words::named(&mail.language).unwrap_or_default();
    let (key, ends) = match &mail.about {
        Some(about) => (about.name.as_str(), When::from(about.ends_at).text()),
        None => ("", String::new()),
    };
    let args = [
        ("provider", sender.name.into()),
        ("key", key.into()),
        ("until", ends.into()),
    ];
    words.args(text, args)
}
