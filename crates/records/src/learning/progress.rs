//! How far a module is for the learner, and what they do next.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_core::{AssessmentId, AssessmentKind, Instant, ModuleId, Outcome};

use crate::assessments::rows::AssessmentRow;

/// How far a module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModuleState {
    /// Nothing was brought yet.
    NotStarted,
    /// Evidence waits for the assessor.
    Submitted,
    /// It was assessed as not yet competent, or not at all, and may be tried again.
    TryAgain,
    /// It was assessed as not yet competent, and every attempt was used.
    NoAttempts,
    /// It was assessed as competent, and moderation has not locked it yet.
    Checking,
    /// The result is locked: competent.
    Competent,
    /// The result is locked: not yet competent.
    NotYetCompetent,
}

impl ModuleState {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Submitted => "submitted",
            Self::TryAgain => "try_again",
            Self::NoAttempts => "no_attempts",
            Self::Checking => "checking",
            Self::Competent => "competent",
            Self::NotYetCompetent => "not_yet_competent",
        }
    }

    /// Whether evidence may be brought: until a result is locked.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Competent | Self::NotYetCompetent)
    }
}

/// What the learner does next in a programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "step", content = "module")]
pub enum NextStep {
    /// Read the feedback on this module and bring more.
    TryAgain(ModuleId),
    /// Bring evidence for this module.
    Bring(ModuleId),
    /// Ask the provider: a module cannot be tried again by itself.
    Ask(ModuleId),
    /// Nothing: others have to do something.
    Wait,
    /// Nothing: every module is achieved.
    Done,
    /// Nothing: the enrolment is over.
    Over,
}

/// What is known of one module of an enrolment.
pub(super) struct Known<'a> {
    /// The outcome of the result in force, if there is one.
    pub(super) locked: Option<Outcome>,
    /// Its assessments, in their order.
    pub(super) history: Vec<&'a AssessmentRow>,
    /// When the last file came.
    pub(super) last_file: Option<Instant>,
}

impl Known<'_> {
    /// Judges that count: neither returned by moderation nor reversed.
    fn standing(&self, void: &HashSet<AssessmentId>) -> Vec<&AssessmentRow> {
        let summative = self.history.iter().filter(|row| row.kind == AssessmentKind::Summative);
        summative.filter(|row| !void.contains(&row.id)).copied().collect()
    }

    /// Attempts that were judged.
    pub(super) fn used(&self, void: &HashSet<AssessmentId>) -> i64 {
        let judged = self.standing(void);
        let judged = judged.iter().filter(|row| row.outcome != Outcome::Absent);
        i64::try_from(judged.count()).unwrap_or(i64::MAX)
    }

    /// How far it is. `void` are assessments that do not count, `limit` the attempts that there are.
    pub(super) fn state(&self, void: &HashSet<AssessmentId>, limit: i64) -> ModuleState {
        match self.locked {
            Some(Outcome::Competent) => return ModuleState::Competent,
            Some(Outcome::NotYetCompetent) => return ModuleState::NotYetCompetent,
            Some(Outcome::Absent) | None => {}
        }
        let standing = self.standing(void);
        let Some(last) = standing.last() else {
            return self
                .last_file
                .map_or(ModuleState::NotStarted, |_| ModuleState::Submitted);
        };
        if last.outcome == Outcome::Competent {
            return ModuleState::Checking;
        }
        if self.used(void) >= limit {
            return ModuleState::NoAttempts;
        }
        if self.last_file.is_some_and(|at| at > last.created_at) {
            return ModuleState::Submitted;
        }
        ModuleState::TryAgain
    }
}

/// What the learner does next, of modules in the order of the curriculum.
pub(super) fn next(is_active: bool, states: &[(ModuleId, ModuleState)]) -> NextStep {
    if states.iter().all(|(_, state)| *state == ModuleState::Competent) && !states.is_empty() {
        return NextStep::Done;
    }
    if !is_active {
        return NextStep::Over;
    }
    let first = |wanted: &[ModuleState]| {
        let found = states.iter().find(|(_, state)| wanted.contains(state));
        found.map(|(module, _)| *module)
    };
    if let Some(module) = first(&[ModuleState::TryAgain]) {
        return NextStep::TryAgain(module);
    }
    if let Some(module) = first(&[ModuleState::NotStarted]) {
        return NextStep::Bring(module);
    }
    first(&[ModuleState::NoAttempts, ModuleState::NotYetCompetent]).map_or(NextStep::Wait, NextStep::Ask)
}
