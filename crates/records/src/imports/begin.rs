//! Act: begin an import. The policy is asked before the first byte of the file is read.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{ImportId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::{Place, Sealed};

use super::{ENTITY, ImportState, rows};

/// Longest name of a file, in characters.
const FILE_NAME_CHARS_MAX: usize = 255;

/// Begins to import a file of learners.
#[derive(Clone)]
pub struct BeginImport {
    /// The file's name, to recognise it by. It may name a person, so it is sealed.
    pub file_name: String,
}

impl fmt::Debug for BeginImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BeginImport").finish_non_exhaustive()
    }
}

/// An import that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImportBegun {
    /// Its id.
    pub id: ImportId,
}

impl Act for BeginImport {
    const NAME: &'static str = "import.begin";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = (ImportId, Sealed<String>);
    type Output = ImportBegun;

    fn prepare(&self, cx: &Cx) -> Result<Self::Ready, Fault> {
        let id = ImportId::new(cx.fresh());
        Ok((id, sealed_name(cx, id, &self.file_name)?))
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, (id, file_name): &Self::Ready, tx: &mut Tx<'_>) -> Result<ImportBegun, Fault> {
        let row = rows::Row::new(cx, *id, ImportState::Running, file_name.clone());
        rows::insert(tx, &row)?;
        Ok(ImportBegun { id: *id })
    }

    fn entry(&self, output: &ImportBegun) -> Note {
        Note::on(ENTITY, output.id.uuid())
    }
}

/// The name of a file, checked and sealed.
pub(super) fn sealed_name(cx: &Cx, id: ImportId, name: &str) -> Result<Sealed<String>, Fault> {
    let name = name.trim();
    if name.chars().count() > FILE_NAME_CHARS_MAX || name.contains(char::is_control) {
        return Err(Problem::field(
            "file_name",
            "import.file_name",
            "A file name has at most 255 characters.",
        )
        .into());
    }
    Ok(Sealed::seal(cx.keys(), place(id), &name.to_owned(), cx.rng())?)
}

/// Where the sealed file name lives.
pub(crate) const fn place(id: ImportId) -> Place<'static> {
    Place::new("imports", "file_name", *id.bytes())
}
