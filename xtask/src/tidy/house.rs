//! The files of the house, as text.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result};

use super::lexer;

/// Folders that hold nothing of ours.
const SKIPPED: [&str; 4] = [".git", "target", "skillsyms-data", "node_modules"];

/// The largest file that is read as text, in bytes. The rest (demo data) is known by name only.
const TEXT_MAX: u64 = 1024 * 1024;

/// What a rule found, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    path: String,
    line: Option<usize>,
    what: String,
}

impl Finding {
    /// Something about a whole file.
    pub fn file(path: &str, what: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: None,
            what: what.into(),
        }
    }

    /// Something in a line, counted from 1.
    pub fn line(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: Some(line),
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.what),
            None => write!(f, "{}: {}", self.path, self.what),
        }
    }
}

/// A text file.
pub struct Source {
    /// From the root, with `/`.
    pub path: String,
    /// As it stands on disk.
    pub text: String,
    /// Rust only: the same lines with comments and the insides of literals blanked.
    pub code: String,
    /// Whether its parent module declares it for tests only.
    test_module: bool,
}

impl Source {
    fn new(path: String, text: String) -> Self {
        let code = if path.ends_with(".rs") {
            lexer::code_only(&text)
        } else {
            String::new()
        };
        Self {
            path,
            text,
            code,
            test_module: false,
        }
    }

    /// Whether the file is only for tests.
    pub fn is_test(&self) -> bool {
        self.test_module || self.path.contains("/tests/") || self.path.contains("/benches/")
    }

    /// The code before the in-file test module, or nothing for a test file.
    pub fn production(&self) -> &str {
        if self.is_test() {
            return "";
        }
        let end = lexer::test_module(&self.code).unwrap_or(self.code.len());
        self.code.get(..end).unwrap_or(&self.code)
    }

    /// The folder below `crates/`, if the file belongs to a crate.
    pub fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }
}

/// All files of the house.
#[derive(Default)]
pub struct House {
    sources: Vec<Source>,
    /// Every path, text or not; folders with a `/` at their end.
    paths: BTreeMap<String, ()>,
}

impl House {
    /// Reads the house from disk.
    pub fn read(root: &Path) -> Result<Self> {
        let mut house = Self::default();
        house.walk(root, "")?;
        house.sources.sort_by(|a, b| a.path.cmp(&b.path));
        house.mark_test_modules();
        Ok(house)
    }

    /// A house of these files, for tests.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut house = Self::default();
        for (path, text) in files {
            house.paths.insert((*path).to_owned(), ());
            for (at, _) in path.match_indices('/') {
                house.paths.insert(path[..=at].to_owned(), ());
            }
            house.sources.push(Source::new((*path).to_owned(), (*text).to_owned()));
        }
        house.mark_test_modules();
        house
    }

    /// A file is for tests only if its parent says so: `#[cfg(test)] mod name;`.
    fn mark_test_modules(&mut self) {
        let mut marked = Vec::new();
        for source in self.rust() {
            let (folder, file) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
            let below = match file {
                "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
                file => format!("{folder}/{}", file.trim_end_matches(".rs")),
            };
            for name in lexer::test_files(&source.code) {
                marked.push(format!("{below}/{name}.rs"));
                marked.push(format!("{below}/{name}/mod.rs"));
            }
        }
        for source in self.sources.iter_mut().filter(|source| marked.contains(&source.path)) {
            source.test_module = true;
        }
    }

    fn walk(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        for entry in std::fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if SKIPPED.contains(&name.as_str()) {
                    continue;
                }
                let path = format!("{prefix}{name}/");
                self.walk(&entry.path(), &path)?;
                self.paths.insert(path, ());
            } else if kind.is_file() && !name.ends_with(".log") {
                self.add(&entry.path(), format!("{prefix}{name}"))?;
            }
        }
        Ok(())
    }

    fn add(&mut self, file: &Path, path: String) -> Result<()> {
        self.paths.insert(path.clone(), ());
        if path == "Cargo.lock" || file.metadata()?.len() > TEXT_MAX {
            return Ok(());
        }
        if let Ok(text) = String::from_utf8(std::fs::read(file)?) {
            self.sources.push(Source::new(path, text));
        }
        Ok(())
    }

    /// How many text files there are.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// All text files.
    pub fn all(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter()
    }

    /// All Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| source.path.ends_with(".rs"))
    }

    /// One file.
    pub fn get(&self, path: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.path == path)
    }

    /// Whether a file or folder is there.
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path.is_empty() || self.paths.contains_key(path) || self.paths.contains_key(&format!("{path}/"))
    }
}
