//! Act: register a programme with its modules.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::outcome::{SAMPLE_FLOOR_DEFAULT, SAMPLE_PERCENT_DEFAULT};
use skillsyms_core::{
    AttemptLimit, Credits, FieldError, ModuleCode, ModuleId, ModuleKind, NqfLevel, Problem, ProgrammeId, ProgrammeKind,
    SamplingRule, SaqaId,
};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::rows::{self, NewModuleRow, NewProgrammeRow};
use super::{DUPLICATE, plain};
use crate::settings;

/// Most modules of one programme: the longest registered curricula have under 100.
pub const MODULES_MAX: usize = 200;
/// Longest title in characters: twice the width in the load files, since titles are cut there and kept whole here.
pub const TITLE_CHARS_MAX: usize = 500;
/// Most criteria of one module: what a check-list on one page can hold.
pub const CRITERIA_MAX: usize = 100;
/// Longest criterion in characters: one sentence of a curriculum.
pub const CRITERION_CHARS_MAX: usize = 500;

/// A programme as it is sent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProgramme {
    /// What kind of programme it is.
    pub kind: ProgrammeKind,
    /// Its registered title.
    pub title: String,
    /// Its id at SAQA.
    pub saqa_id: SaqaId,
    /// Its level of the National Qualifications Framework.
    pub nqf_level: NqfLevel,
    /// Its credits.
    pub credits: Credits,
    /// Share of assessments that is moderated, in percent; as the provider's settings say unless said, or 25 (QCTO).
    #[serde(default)]
    pub sampling_percent: Option<u8>,
    /// Fewest assessments that are moderated; as the provider's settings say unless said, or 3 (QCTO).
    #[serde(default)]
    pub sampling_floor: Option<u32>,
    /// Attempts at one module; 3 unless said.
    #[serde(default)]
    pub attempts_limit: Option<u8>,
    /// Its modules, in the order of the curriculum.
    pub modules: Vec<NewModule>,
}

/// A module as it is sent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewModule {
    /// Its code in the curriculum.
    pub code: ModuleCode,
    /// Knowledge, practical, workplace, or unit standard.
    pub kind: ModuleKind,
    /// Its title.
    pub title: String,
    /// Its level of the National Qualifications Framework.
    pub nqf_level: NqfLevel,
    /// Its credits.
    pub credits: Credits,
    /// What is asked of a learner to be competent, one sentence each.
    #[serde(default)]
    pub criteria: Vec<String>,
}

/// Registers a programme with its modules.
#[derive(Clone, Debug)]
pub struct CreateProgramme {
    /// What is registered.
    pub new: NewProgramme,
}

impl Act for CreateProgramme {
    const NAME: &'static str = "programme.create";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = (NewProgrammeRow, Vec<NewModuleRow>);
    type Output = ProgrammeId;

    fn prepare(&self, cx: &Cx) -> Result<Self::Ready, Fault> {
        let checked = check(&self.new).map_err(Problem::invalid)?;
        let programme = checked.programme_row(cx);
        let modules = checked.module_rows(cx, programme.id);
        Ok((programme, modules))
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, (programme, modules): &Self::Ready, tx: &mut Tx<'_>) -> Result<ProgrammeId, Fault> {
        let mut programme = programme.clone();
        let usual = settings::present(cx.keys(), &mut tx.read())?.sampling();
        if self.new.sampling_percent.is_none() {
            programme.sampling_percent = usual.percent().into();
        }
        if self.new.sampling_floor.is_none() {
            programme.sampling_floor = usual.floor().into();
        }
        rows::insert(tx, &programme)
            .map_err(|error| Fault::from(error).on_unique("programmes_saqa_id", Problem::new(&DUPLICATE)))?;
        rows::insert_modules(tx, modules)?;
        Ok(programme.id)
    }

    fn entry(&self, output: &ProgrammeId) -> Note {
        Note::on("Programme", output.uuid())
    }
}

/// A programme whose every field was checked.
struct Checked<'a> {
    new: &'a NewProgramme,
    title: String,
    module_texts: Vec<(String, String)>,
    sampling: SamplingRule,
    attempts: AttemptLimit,
}

fn check(new: &NewProgramme) -> Result<Checked<'_>, Vec<FieldError>> {
    let mut errors = Vec::new();
    let title = keep(&mut errors, plain::line(&new.title, "/title", TITLE_CHARS_MAX));
    let sampling = SamplingRule::new(
        new.sampling_percent.unwrap_or(SAMPLE_PERCENT_DEFAULT),
        new.sampling_floor.unwrap_or(SAMPLE_FLOOR_DEFAULT),
    );
    let sampling = keep(&mut errors, sampling.map_err(|error| error.at("/sampling_percent")));
    let attempts = new
        .attempts_limit
        .map_or(Ok(AttemptLimit::default()), AttemptLimit::new);
    let attempts = keep(&mut errors, attempts.map_err(|error| error.at("/attempts_limit")));
    let module_texts = check_modules(new, &mut errors);
    match (title, sampling, attempts) {
        (Some(title), Some(sampling), Some(attempts)) if errors.is_empty() => Ok(Checked {
            new,
            title,
            module_texts,
            sampling,
            attempts,
        }),
        _ => Err(errors),
    }
}

/// Title and criteria of each module.
fn check_modules(new: &NewProgramme, errors: &mut Vec<FieldError>) -> Vec<(String, String)> {
    let refused = |code, message| FieldError {
        field: "/modules".into(),
        code,
        message,
    };
    if new.modules.is_empty() || new.modules.len() > MODULES_MAX {
        errors.push(refused("programme.modules", "Give 1 to 200 modules."));
        return Vec::new();
    }
    let codes: HashSet<&str> = new.modules.iter().map(|module| module.code.as_str()).collect();
    if codes.len() != new.modules.len() {
        errors.push(refused(
            "programme.module_twice",
            "Two modules have the same code. Give each module once.",
        ));
    }
    // Electives may carry a programme beyond its credits, but never short of them.
    let credits: i64 = new.modules.iter().map(|module| module.credits.get()).sum();
    if credits < new.credits.get() {
        errors.push(refused(
            "programme.credits",
            "The modules' credits do not reach the programme's. A module is missing, or a number is wrong.",
        ));
    }
    new.modules
        .iter()
        .filter_map(|module| {
            let criteria = check_criteria(module, errors);
            let title = keep(errors, plain::line(&module.title, "/modules/title", TITLE_CHARS_MAX))?;
            Some((title, criteria))
        })
        .collect()
}

/// The criteria as they are kept: a line each.
fn check_criteria(module: &NewModule, errors: &mut Vec<FieldError>) -> String {
    const FIELD: &str = "/modules/criteria";
    if module.criteria.len() > CRITERIA_MAX {
        let message = "Give at most 100 criteria for a module.";
        errors.push(FieldError {
            field: FIELD.into(),
            code: "programme.criteria",
            message,
        });
        return String::new();
    }
    let lines = module.criteria.iter();
    let lines = lines.filter_map(|text| keep(errors, plain::line(text, FIELD, CRITERION_CHARS_MAX)));
    lines.collect::<Vec<_>>().join("\n")
}

/// The value, or its error noted.
fn keep<T>(errors: &mut Vec<FieldError>, read: Result<T, FieldError>) -> Option<T> {
    read.map_err(|error| errors.push(error)).ok()
}

impl Checked<'_> {
    fn programme_row(&self, cx: &Cx) -> NewProgrammeRow {
        NewProgrammeRow {
            id: ProgrammeId::new(cx.fresh()),
            kind: self.new.kind,
            title: self.title.clone(),
            saqa_id: self.new.saqa_id.clone(),
            nqf_level: self.new.nqf_level.get(),
            credits: self.new.credits.get(),
            sampling_percent: self.sampling.percent().into(),
            sampling_floor: self.sampling.floor().into(),
            attempts_limit: self.attempts.get().into(),
            state: rows::ACTIVE,
            version: 1,
            created_at: cx.now(),
            changed_at: cx.now(),
        }
    }

    fn module_rows(&self, cx: &Cx, programme: ProgrammeId) -> Vec<NewModuleRow> {
        let modules = self.new.modules.iter().zip(&self.module_texts).zip(1..);
        modules
            .map(|((module, (title, criteria)), position)| NewModuleRow {
                id: ModuleId::new(cx.fresh()),
                programme,
                code: module.code.clone(),
                kind: module.kind,
                title: title.clone(),
                nqf_level: module.nqf_level.get(),
                credits: module.credits.get(),
                position,
                criteria: criteria.clone(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programmes::sample;

    #[test]
    fn the_sample_is_right() {
        assert!(check(&sample::retail_supervisor().unwrap()).is_ok());
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let mut new = sample::retail_supervisor().unwrap();
        new.title = "\u{7}".to_owned();
        new.sampling_percent = Some(0);
        new.attempts_limit = Some(0);
        new.modules.truncate(2);
        new.modules[1].code = new.modules[0].code.clone();
        new.modules[0].criteria = vec!["  ".to_owned()];
        new.modules[1].criteria = vec!["Counts the stock.".to_owned(); CRITERIA_MAX + 1];
        let codes: Vec<&str> = check(&new).err().unwrap().iter().map(|error| error.code).collect();
        let expected = [
            "text.character",
            "sampling.range",
            "attempts.range",
            "programme.module_twice",
            "programme.credits",
            "text.missing",
            "programme.criteria",
        ];
        assert_eq!(codes, expected);
        new.modules.clear();
        assert!(
            check(&new)
                .err()
                .unwrap()
                .iter()
                .any(|error| error.code == "programme.modules")
        );
    }
}
