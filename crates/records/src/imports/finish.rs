//! Act: finish an import, because the file is at its end or because it cannot be read further.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::{ImportId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::fault::FileFault;
use super::read::{self, ImportSummary};
use super::rows::{self, FailureRow};
use super::{ENTITY, ImportState};

/// Why an import is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportEnd {
    /// The whole file was read.
    Done,
    /// The file went wrong on the way.
    Stopped(FileFault),
}

/// Finishes an import.
#[derive(Clone, Debug)]
pub struct FinishImport {
    /// Which.
    pub import: ImportId,
    /// Why.
    pub end: ImportEnd,
}

impl Act for FinishImport {
    const NAME: &'static str = "import.finish";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = ImportSummary;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        super::target(tx, self.import)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<ImportSummary, Fault> {
        super::running(cx, &mut tx.read(), self.import)?;
        let state = match &self.end {
            ImportEnd::Done => ImportState::Finished,
            ImportEnd::Stopped(fault) => {
                self.note(tx, fault)?;
                ImportState::Stopped
            }
        };
        rows::end(tx, self.import, state.as_str(), cx.now())?;
        let row = rows::by_id(&mut tx.read(), self.import)?.ok_or_else(Problem::not_found)?;
        read::shown(cx, row)
    }

    fn entry(&self, output: &ImportSummary) -> Note {
        Note::on(ENTITY, self.import.uuid()).count(u64::try_from(output.rows_kept).unwrap_or(0))
    }
}

impl FinishImport {
    /// What stopped the import stands among its failures, with the columns that it names, so that it can be read later.
    fn note(&self, tx: &mut Tx<'_>, fault: &FileFault) -> Result<(), Fault> {
        let line = fault.line().unwrap_or(0);
        let seq = rows::failures_of_line(tx, self.import, line)?;
        let whole = ("file".to_owned(), fault.code().name, fault.code().title);
        let columns = fault.problem().fields.into_iter();
        let columns = columns.map(|field| (field.field.into_owned(), field.code, field.message));
        let rows = (seq..).zip(std::iter::once(whole).chain(columns));
        let rows = rows.map(|(seq, (column_name, code, message))| FailureRow {
            import: self.import,
            line,
            seq,
            column_name,
            code: code.to_owned(),
            message: message.to_owned(),
            content: Vec::new(),
        });
        Ok(rows::insert_failures(tx, rows.collect())?)
    }
}
