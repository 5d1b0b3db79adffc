//! The file types that are taken, told by their first bytes. What the client says of a file is not believed, and neither
//! is its name.

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// Portable Document Format.
    Pdf,
    /// Word, the old binary form.
    Doc,
    /// Word, Office Open XML.
    Docx,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// MPEG-4.
    Mp4,
}

/// Signature of a compound file, the container of the old Office formats (MS-CFB section 2.2).
const COMPOUND_FILE: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
/// Bytes of a sector of a compound file, version 3.
const SECTOR_BYTES: usize = 512;
/// A Word document's stream begins with this: `wIdent` and `nFib` of Word 97 (MS-DOC section 2.5.2).
const WORD_97: &[u8] = &[0xec, 0xa5, 0xc1, 0x00];
/// Signature of a local file header in a ZIP archive (APPNOTE.TXT section 4.3.7).
const ZIP_ENTRY: &[u8] = b"PK\x03\x04";
/// Where the name of an entry begins in its local file header.
const ZIP_NAME_AT: usize = 30;
/// How the first entry of an Office Open XML file is called, in what the common writers make.
const FIRST_ENTRIES: &[&[u8]] = &[b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"customXml/"];

impl MediaType {
    /// All that are taken.
    pub const ALL: &'static [Self] = &[Self::Pdf, Self::Doc, Self::Docx, Self::Jpeg, Self::Png, Self::Mp4];

    /// Its name in the register of media types.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Doc => "application/msword",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Mp4 => "video/mp4",
        }
    }

    /// The type of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|media| media.as_str() == text)
    }

    /// Endings that a name of this type may have; the first is given to a name without one of them.
    #[must_use]
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Doc => &["doc"],
            Self::Docx => &["docx"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Mp4 => &["mp4", "m4v"],
        }
    }

    /// The type that the first bytes tell; 64 KiB are enough.
    #[must_use]
    pub fn sniff(head: &[u8]) -> Option<Self> {
        // The crate finds a PDF anywhere in the first kilobyte; here it must begin the file, so that no program does.
        if head.starts_with(b"%PDF-") && infer::archive::is_pdf(head) {
            return Some(Self::Pdf);
        }
        if infer::image::is_jpeg(head) {
            return Some(Self::Jpeg);
        }
        if infer::image::is_png(head) {
            return Some(Self::Png);
        }
        if infer::video::is_mp4(head) {
            return Some(Self::Mp4);
        }
        if is_doc(head) {
            return Some(Self::Doc);
        }
        is_docx(head).then_some(Self::Docx)
    }
}

/// Spreadsheets, installers and mails are compound files too: only one with a Word document in it is taken.
fn is_doc(head: &[u8]) -> bool {
    head.starts_with(COMPOUND_FILE)
        && head
            .chunks(SECTOR_BYTES)
            .skip(1)
            .any(|sector| sector.starts_with(WORD_97))
}

/// Any archive is a ZIP file: only one that is laid out as a Word document is taken.
fn is_docx(head: &[u8]) -> bool {
    let first = head.get(ZIP_NAME_AT..).unwrap_or_default();
    if !head.starts_with(ZIP_ENTRY) || !FIRST_ENTRIES.iter().any(|name| first.starts_with(name)) {
        return false;
    }
    let header = ZIP_NAME_AT.saturating_add(b"word/".len());
    head.windows(header)
        .any(|window| window.starts_with(ZIP_ENTRY) && window.ends_with(b"word/"))
}

#[cfg(test)]
pub(crate) mod samples {
    //! The smallest files of each kind.

    pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n";
    pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    pub const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0";
    pub const MP4: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";
    pub const EXE: &[u8] = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0 This program cannot be run in DOS mode. %PDF-1.7";

    pub fn zip(names: &[&str]) -> Vec<u8> {
        let entry = |name: &&str| {
            let mut bytes = b"PK\x03\x04".to_vec();
            bytes.resize(26, 0);
            bytes.extend_from_slice(&(name.len() as u16).to_le_bytes());
            bytes.extend_from_slice(&[0, 0]);
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b"<xml/>");
            bytes
        };
        names.iter().flat_map(entry).collect()
    }

    pub fn compound(second_sector: &[u8]) -> Vec<u8> {
        let mut bytes = super::COMPOUND_FILE.to_vec();
        bytes.resize(1_024, 0);
        bytes.extend_from_slice(second_sector);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_known_by_its_bytes() {
        assert_eq!(MediaType::sniff(samples::PDF), Some(MediaType::Pdf));
        assert_eq!(MediaType::sniff(samples::PNG), Some(MediaType::Png));
        assert_eq!(MediaType::sniff(samples::JPEG), Some(MediaType::Jpeg));
        assert_eq!(MediaType::sniff(samples::MP4), Some(MediaType::Mp4));
        assert_eq!(MediaType::sniff(&samples::compound(WORD_97)), Some(MediaType::Doc));
        for names in [
            ["[Content_Types].xml", "_rels/.rels", "word/document.xml"],
            ["_rels/.rels", "docProps/app.xml", "word/document.xml"],
        ] {
            assert_eq!(MediaType::sniff(&samples::zip(&names)), Some(MediaType::Docx));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let others: &[Vec<u8>] = &[
            samples::EXE.to_vec(),
            Vec::new(),
            b"PK".to_vec(),
            b"PK\x03\x04".to_vec(),
            b" %PDF-1.7".to_vec(),
            b"#!/bin/sh\n# %PDF-".to_vec(),
            b"<html><script>".to_vec(),
            b"<svg xmlns=\"http://www.w3.org/2000/svg\">".to_vec(),
            samples::zip(&["evil.js", "word/document.xml"]),
            samples::zip(&["[Content_Types].xml", "xl/workbook.xml"]),
            samples::zip(&["META-INF/MANIFEST.MF", "Main.class"]),
            // An installer, or a spreadsheet.
            samples::compound(b"\x09\x08\x10\0"),
        ];
        for bytes in others {
            assert_eq!(MediaType::sniff(bytes), None, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn no_bytes_make_it_fail() {
        for seed in [samples::PDF, samples::PNG, samples::JPEG, samples::MP4, samples::EXE] {
            for cut in 0..seed.len() {
                let _ = MediaType::sniff(&seed[..cut]);
            }
        }
        let docx = samples::zip(&["[Content_Types].xml", "word/document.xml"]);
        for cut in 0..docx.len() {
            let _ = MediaType::sniff(&docx[..cut]);
        }
    }

    #[test]
    fn names_read_what_they_write() {
        for media in MediaType::ALL {
            assert_eq!(MediaType::parse(media.as_str()), Some(*media));
        }
        assert_eq!(MediaType::parse("text/html"), None);
    }
}
