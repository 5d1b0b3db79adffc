//! A registered qualification, as data for demonstrations and tests: Occupational Certificate: Retail Supervisor.
//!
//! SAQA id 99573, NQF level 4, 100 credits, originator W&RSETA, last date for enrolment 2026-12-30: SAQA,
//! <https://allqs.saqa.org.za/showQualification.php?id=99573> (seen November 2026).
//! Module codes, titles, levels and credits of curriculum 522201000 as an accredited provider publishes them:
//! <https://erisn.melimu.com/course/index.php?categoryid=157>; titles compared with
//! <https://www.oxbridgeacademy.edu.za/courses/business-management/retail-supervisor/>. The criteria of modules are
//! examples of ours, not those of the curriculum; nothing else is illustrative:
//! sampling and attempts are the defaults of this house (QCTO asks for 25 % and at least 3).

use skillsyms_core::{Credits, ModuleCode, ModuleKind, NqfLevel, ProgrammeError, ProgrammeKind, SaqaId};

use super::{NewModule, NewProgramme};

use ModuleKind::{Knowledge, Practical, Workplace};

/// NQF level of the qualification and of all its modules.
const LEVEL: i64 = 4;

/// Code, kind, title, credits.
const MODULES: &[(&str, ModuleKind, &str, i64)] = &[
    (
        "522201000-KM-01",
        Knowledge,
        "Concepts and principles of supervising wholesale or retail staff",
        10,
    ),
    (
        "522201000-KM-02",
        Knowledge,
        "Concepts and principles of monitoring and improving performance",
        4,
    ),
    (
        "522201000-KM-03",
        Knowledge,
        "Concepts and principles for the implementation and maintenance of retail or wholesale operations",
        3,
    ),
    (
        "522201000-KM-04",
        Knowledge,
        "Concepts and principles of enhancing customer service",
        3,
    ),
    ("522201000-PM-01", Practical, "Supervise retail or wholesale staff", 6),
    (
        "522201000-PM-02",
        Practical,
        "Monitor and control the work performance of a team",
        6,
    ),
    ("522201000-PM-03", Practical, "Supervise operations", 4),
    (
        "522201000-PM-04",
        Practical,
        "Supervise service to internal and external retail and wholesale customers",
        2,
    ),
    (
        "522201000-PM-05",
        Practical,
        "Resolve queries and complaints from internal and external retail and wholesale customers",
        2,
    ),
    (
        "522201000-WM-01",
        Workplace,
        "Processes and procedures for supervising wholesale or retail staff",
        30,
    ),
    (
        "522201000-WM-02",
        Workplace,
        "Processes and procedures for supervising, implementing and maintaining processes and procedures in a specific area \
         of responsibility in a wholesale or retail outlet",
        20,
    ),
    (
        "522201000-WM-03",
        Workplace,
        "Processes and procedures for enhancing customer service in a wholesale or retail outlet",
        10,
    ),
];

/// Criteria for demonstrations: what assessors of such modules look for. The registered curriculum has its own.
const fn criteria(kind: ModuleKind) -> &'static [&'static str] {
    match kind {
        Practical => &[
            "Prepares the work area and the tools before beginning.",
            "Follows the procedure of the store in the right order.",
            "Explains to the assessor why each step is done.",
        ],
        Workplace => &[
            "The logbook covers every week and is signed by the mentor.",
            "The work was done at the workplace that is named.",
        ],
        _ => &[],
    }
}

/// Occupational Certificate: Retail Supervisor, SAQA id 99573.
///
/// # Errors
/// Never: the values are constants of this file, and a test reads them.
pub fn retail_supervisor() -> Result<NewProgramme, ProgrammeError> {
    let modules = MODULES.iter().map(|(code, kind, title, credits)| {
        Ok(NewModule {
            code: ModuleCode::parse(code)?,
            kind: *kind,
            title: (*title).to_owned(),
            nqf_level: NqfLevel::new(LEVEL)?,
            credits: Credits::new(*credits)?,
            criteria: criteria(*kind).iter().map(|text| (*text).to_owned()).collect(),
        })
    });
    Ok(NewProgramme {
        kind: ProgrammeKind::Qualification,
        title: "Occupational Certificate: Retail Supervisor".to_owned(),
        saqa_id: SaqaId::parse("99573")?,
        nqf_level: NqfLevel::new(LEVEL)?,
        credits: Credits::new(100)?,
        sampling_percent: None,
        sampling_floor: None,
        attempts_limit: None,
        modules: modules.collect::<Result<_, ProgrammeError>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modules_make_up_the_qualification() {
        let programme = retail_supervisor().unwrap();
        let of = |kind| {
            programme
                .modules
                .iter()
                .filter(move |module| module.kind == kind)
                .map(|module| module.credits.get())
        };
        assert_eq!(of(Knowledge).sum::<i64>(), 20);
        assert_eq!(of(Practical).sum::<i64>(), 20);
        assert_eq!(of(Workplace).sum::<i64>(), 60);
        assert_eq!(programme.credits.get(), 100);
    }
}
