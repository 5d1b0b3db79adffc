//! Masks: what is shown of a value when it is not disclosed. The ID number masks itself (`SaId`, in core).

/// What stands for the hidden part.
const HIDDEN: &str = "•••";

/// The last `keep` characters of a value, if it is long enough that they do not give it away (three times as long).
#[must_use]
pub fn tail(value: &str, keep: usize) -> String {
    let length = value.chars().count();
    if length < keep.saturating_mul(3) {
        return HIDDEN.to_owned();
    }
    let shown: String = value.chars().skip(length.saturating_sub(keep)).collect();
    format!("{HIDDEN}{shown}")
}

/// An e-mail address: the first character and the domain.
#[must_use]
pub fn email(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return HIDDEN.to_owned();
    };
    let first: String = local.chars().take(1).collect();
    format!("{first}{HIDDEN}@{domain}")
}

/// A telephone number: the last three digits.
#[must_use]
pub fn phone(number: &str) -> String {
    tail(number, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_hide_what_they_should() {
        assert_eq!(email("thandi@example.co.za"), "t•••@example.co.za");
        assert_eq!(email("not an address"), "•••");
        assert_eq!(phone("+27821234567"), "•••567");
        assert_eq!(phone("12345"), "•••");
        assert_eq!(tail("AB1234567", 3), "•••567");
        assert_eq!(tail("", 2), "•••");
    }
}
