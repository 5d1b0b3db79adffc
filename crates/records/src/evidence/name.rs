//! Names of files, as people see them. They never name anything in our own storage: a file lies under its id.

use skillsyms_core::Problem;

use super::media::MediaType;
use crate::programmes::plain::is_hidden;

/// Longest name in characters that is taken: what the usual file systems allow.
pub const NAME_CHARS_MAX: usize = 255;
/// What a file is called whose name has nothing left.
const NAMELESS: &str = "evidence";

/// The last part of the name, without characters that hide or steer, ending as its type does.
///
/// # Errors
/// A problem if it is longer than [`NAME_CHARS_MAX`].
pub fn clean(name: &str, media: MediaType) -> Result<String, Problem> {
    if name.chars().nth(NAME_CHARS_MAX).is_some() {
        return Err(Problem::field(
            "/name",
            "evidence.name",
            "The file's name is too long. Use at most 255 characters.",
        ));
    }
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| !is_hidden(*c) && !r#"<>:"|?*;%"#.contains(*c))
        .collect();
    let kept = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    let kept = kept.trim_matches(['.', ' ']);
    let kept = if kept.is_empty() { NAMELESS } else { kept };
    Ok(with_ending(kept, media))
}

fn with_ending(name: &str, media: MediaType) -> String {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    if ending.is_some_and(|ending| media.endings().contains(&ending.as_str())) {
        return name.to_owned();
    }
    let first = media.endings().first().copied().unwrap_or_default();
    format!("{name}.{first}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_become_harmless_ones() {
        for (name, expected) in [
            ("Logbook week 3.pdf", "Logbook week 3.pdf"),
            ("Zandilé's PoE.PDF", "Zandilé's PoE.PDF"),
            ("../../etc/passwd", "passwd.pdf"),
            ("..\\..\\Windows\\system32\\cmd.exe", "cmd.exe.pdf"),
            ("/", "evidence.pdf"),
            ("..", "evidence.pdf"),
            ("", "evidence.pdf"),
            ("a\0b\r\nSet-Cookie: x=1.pdf", "abSet-Cookie x=1.pdf"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe.pdf"),
            (".htaccess", "htaccess.pdf"),
            ("  a \t b .pdf. ", "a b .pdf"),
            ("x\";filename=\"y.pdf", "xfilename=y.pdf"),
        ] {
            assert_eq!(clean(name, MediaType::Pdf).unwrap(), expected, "{name:?}");
        }
        assert_eq!(clean("photo.jpeg", MediaType::Jpeg).unwrap(), "photo.jpeg");
        assert_eq!(clean("photo.png", MediaType::Jpeg).unwrap(), "photo.png.jpg");
    }

    #[test]
    fn a_name_has_a_length() {
        assert!(clean(&"n".repeat(NAME_CHARS_MAX), MediaType::Pdf).is_ok());
        assert_eq!(
            clean(&"n".repeat(10_000), MediaType::Pdf).unwrap_err().fields[0].code,
            "evidence.name"
        );
        assert!(clean(&"../".repeat(3_333), MediaType::Pdf).is_err());
    }
}
