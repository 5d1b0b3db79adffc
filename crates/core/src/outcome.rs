//! Outcomes of assessment and moderation, the states of an enrolment, and how a sample for moderation is drawn.

use crate::words::{reasons, words};

/// Attempts at one module when the provider's settings say nothing. No primary source gives a number; practice is 2 to 3.
pub const ATTEMPTS_DEFAULT: u8 = 3;
/// Most attempts that a provider may allow. A guard against slips.
pub const ATTEMPTS_MAX: u8 = 20;
/// Share of assessments that is moderated when the provider's settings say nothing, in percent (QCTO).
pub const SAMPLE_PERCENT_DEFAULT: u8 = 25;
/// Fewest assessments that are moderated when the provider's settings say nothing (QCTO).
pub const SAMPLE_FLOOR_DEFAULT: u32 = 3;

words! {
    /// What an assessor decided on one attempt at one module.
    Outcome {
        /// Competent (C).
        Competent = "competent",
        /// Not yet competent (NYC).
        NotYetCompetent = "not_yet_competent",
        /// Absent, or the evidence was incomplete: nothing was judged.
        Absent = "absent",
    }

    /// Formative assessment accompanies the learning, summative assessment closes it.
    AssessmentKind {
        /// During the learning; not moderated as a result.
        Formative = "formative",
        /// At the end; its outcome is the result.
        Summative = "summative",
    }

    /// What a moderator decided on one assessment.
    Decision {
        /// The assessor's decision stands.
        Upheld = "upheld",
        /// The assessment goes back to the assessor.
        Returned = "returned",
    }

    /// What waits for somebody.
    TaskKind {
        /// A module of an enrolment, to be assessed.
        Assess = "assess",
        /// An assessment that was chosen, to be moderated.
        Moderate = "moderate",
    }

    /// The state of an enrolment.
    EnrolmentStatus {
        /// Learning.
        Enrolled = "enrolled",
        /// Every module was achieved.
        Completed = "completed",
        /// The learner left.
        Withdrawn = "withdrawn",
        /// The provider ended it.
        Discontinued = "discontinued",
        /// Learning again after having left.
        Reinstated = "reinstated",
        /// Interrupted for a while: nothing is brought or assessed, and nothing is lost.
        Suspended = "suspended",
    }

    /// What may be done to an enrolment.
    EnrolmentChange {
        /// Every module was achieved.
        Complete = "complete",
        /// The learner leaves.
        Withdraw = "withdraw",
        /// The provider ends it.
        Discontinue = "discontinue",
        /// The learner returns.
        Reinstate = "reinstate",
        /// The learner pauses.
        Suspend = "suspend",
        /// The learner goes on.
        Resume = "resume",
        /// A completion proved wrong. What was recorded stays; this is a new record after it.
        Reverse = "reverse",
    }
}

impl Outcome {
    /// The abbreviation that assessors write.
    #[must_use]
    pub const fn abbreviation(self) -> &'static str {
        match self {
            Self::Competent => "C",
            Self::NotYetCompetent => "NYC",
            Self::Absent => "A",
        }
    }

    /// Whether the learner may try again, as far as the outcome goes.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Competent)
    }
}

reasons! {
    /// Why a step was refused in the state that the record is in.
    StateError {
        /// The enrolment is not in a state that allows the change.
        Enrolment = "enrolment.state",
            "The enrolment is not in a state that allows this. Read it again: its status says what may follow.";
        /// Every attempt was used.
        Attempts = "assessment.attempts", "Every attempt at this module was used. An administrator can allow another one.";
        /// The module was achieved already.
        Achieved = "assessment.achieved",
            "The learner is competent in this module already. If that is wrong, reverse the result first.";
        /// The settings hold a number of attempts that cannot be.
        AttemptLimit = "attempts.range", "Allow 1 to 20 attempts.";
        /// The settings hold a sampling rule that cannot be.
        SamplingRule = "sampling.range", "A sample is 1 to 100 percent, and at least 1 assessment.";
    }
}

impl EnrolmentStatus {
    /// The status after this change.
    ///
    /// # Errors
    /// If the change cannot follow on this status.
    pub const fn after(self, change: EnrolmentChange) -> Result<Self, StateError> {
        use EnrolmentChange as Change;
        match (self, change) {
            // What was moderated during an interruption may have been the last of it.
            (Self::Enrolled | Self::Reinstated | Self::Suspended, Change::Complete) => Ok(Self::Completed),
            (Self::Enrolled | Self::Reinstated | Self::Suspended, Change::Withdraw) => Ok(Self::Withdrawn),
            (Self::Enrolled | Self::Reinstated | Self::Suspended, Change::Discontinue) => Ok(Self::Discontinued),
            (Self::Enrolled | Self::Reinstated, Change::Suspend) => Ok(Self::Suspended),
            (Self::Suspended, Change::Resume) => Ok(Self::Enrolled),
            (Self::Withdrawn | Self::Discontinued, Change::Reinstate) => Ok(Self::Reinstated),
            (Self::Completed, Change::Reverse) => Ok(Self::Enrolled),
            _ => Err(StateError::Enrolment),
        }
    }

    /// Whether the learner is learning: only then is evidence taken and work assessed.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Enrolled | Self::Reinstated)
    }

    /// Whether the learner holds a place in the programme, at work or interrupted: nobody holds two.
    #[must_use]
    pub const fn holds_place(self) -> bool {
        self.is_active() || matches!(self, Self::Suspended)
    }

    /// `Learner_Achievement_Status_Id` of the NLRD load files. The list has no word for an interruption: whoever pauses is enrolled.
    #[must_use]
    pub const fn nlrd_code(self) -> &'static str {
        match self {
            Self::Enrolled | Self::Suspended => "3",
            Self::Completed => "2",
            Self::Withdrawn => "27",
            Self::Discontinued => "10",
            Self::Reinstated => "28",
        }
    }
}

/// How many attempts at one module a learner has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptLimit(u8);

impl Default for AttemptLimit {
    fn default() -> Self {
        Self(ATTEMPTS_DEFAULT)
    }
}

impl AttemptLimit {
    /// A limit from a provider's settings.
    ///
    /// # Errors
    /// If it is zero or more than [`ATTEMPTS_MAX`].
    pub const fn new(attempts: u8) -> Result<Self, StateError> {
        if attempts == 0 || attempts > ATTEMPTS_MAX {
            Err(StateError::AttemptLimit)
        } else {
            Ok(Self(attempts))
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The number of the next attempt, from 1, after the outcomes so far in their order. An absence is not an attempt:
    /// nothing was judged.
    ///
    /// # Errors
    /// If the learner is competent already, or used every attempt.
    pub fn next(self, so_far: &[Outcome]) -> Result<u8, StateError> {
        if so_far.last() == Some(&Outcome::Competent) {
            return Err(StateError::Achieved);
        }
        let used = so_far.iter().filter(|outcome| **outcome != Outcome::Absent).count();
        let next = u8::try_from(used.saturating_add(1)).unwrap_or(u8::MAX);
        if next > self.0 {
            Err(StateError::Attempts)
        } else {
            Ok(next)
        }
    }
}

/// How many assessments are moderated: a share, but never fewer than a floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SamplingRule {
    percent: u8,
    floor: u32,
}

impl Default for SamplingRule {
    fn default() -> Self {
        Self {
            percent: SAMPLE_PERCENT_DEFAULT,
            floor: SAMPLE_FLOOR_DEFAULT,
        }
    }
}

impl SamplingRule {
    /// A rule from a provider's settings.
    ///
    /// # Errors
    /// If the share is not 1 to 100 percent, or the floor is zero.
    pub const fn new(percent: u8, floor: u32) -> Result<Self, StateError> {
        if percent == 0 || percent > 100 || floor == 0 {
            return Err(StateError::SamplingRule);
        }
        Ok(Self { percent, floor })
    }

    /// The share, in percent.
    #[must_use]
    pub const fn percent(self) -> u8 {
        self.percent
    }

    /// The fewest that are moderated.
    #[must_use]
    pub const fn floor(self) -> u32 {
        self.floor
    }

    /// How many of `population` assessments are moderated: the share rounded up, at least the floor, at most all.
    #[must_use]
    pub fn sample_size(self, population: usize) -> usize {
        let hundredths = (population as u128).saturating_mul(u128::from(self.percent));
        let share = usize::try_from(hundredths.div_ceil(100)).unwrap_or(population);
        share.max(self.floor as usize).min(population)
    }

    /// Draws the sample: positions in the population, ascending.
    ///
    /// The population must be in an order that nobody chooses (by id), and the seed must be drawn from the system's
    /// random source after the population is fixed and recorded with the sample. Then nobody can steer the draw, and a
    /// verifier who knows seed and population can repeat it. The algorithm is a partial Fisher-Yates shuffle driven by
    /// [`SplitMix64`]; it is part of the record's meaning and must not change without a version beside the seed.
    #[must_use]
    pub fn draw(self, population: usize, seed: u64) -> Vec<usize> {
        let size = self.sample_size(population);
        let mut random = SplitMix64::new(seed);
        let mut positions: Vec<usize> = (0..population).collect();
        for at in 0..size {
            let left = population.saturating_sub(at);
            let pick = at.saturating_add(random.below(left as u64) as usize);
            positions.swap(at, pick);
        }
        positions.truncate(size);
        positions.sort_unstable();
        positions
    }
}

/// `SplitMix64` (Steele, Lea and Flood, 2014): a small generator whose stream follows from its seed. It serves draws that must
/// be repeatable and synthetic data. It is no source of secrets: whoever sees one number knows all that follow.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// A stream from this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number of the stream.
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, each equally likely: what would favour the low ones is drawn again. 0 if `bound` is 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let unfair_from = u64::MAX - (u64::MAX % bound);
        loop {
            let drawn = self.draw();
            if drawn < unfair_from {
                return drawn % bound;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_enrolment_moves_only_along_these_edges() {
        use EnrolmentChange as C;
        use EnrolmentStatus as S;
        let edges = [
            (S::Enrolled, C::Complete, S::Completed),
            (S::Enrolled, C::Withdraw, S::Withdrawn),
            (S::Enrolled, C::Discontinue, S::Discontinued),
            (S::Suspended, C::Complete, S::Completed),
            (S::Enrolled, C::Suspend, S::Suspended),
            (S::Reinstated, C::Suspend, S::Suspended),
            (S::Suspended, C::Resume, S::Enrolled),
            (S::Suspended, C::Withdraw, S::Withdrawn),
            (S::Suspended, C::Discontinue, S::Discontinued),
            (S::Reinstated, C::Complete, S::Completed),
            (S::Reinstated, C::Withdraw, S::Withdrawn),
            (S::Reinstated, C::Discontinue, S::Discontinued),
            (S::Withdrawn, C::Reinstate, S::Reinstated),
            (S::Discontinued, C::Reinstate, S::Reinstated),
            (S::Completed, C::Reverse, S::Enrolled),
        ];
        for from in S::ALL {
            for change in C::ALL {
                let to = edges
                    .iter()
                    .find(|edge| edge.0 == *from && edge.1 == *change)
                    .map(|edge| edge.2);
                assert_eq!(from.after(*change).ok(), to, "{from} {change}");
            }
        }
    }

    #[test]
    fn status_codes_are_in_the_code_list() {
        let list = crate::codes::CodeList::get("achievement_status").unwrap();
        for status in EnrolmentStatus::ALL {
            assert!(list.contains(status.nlrd_code()), "{status}");
        }
    }

    #[test]
    fn attempts_run_out_and_absences_do_not_count() {
        use Outcome::{Absent, Competent, NotYetCompetent};
        let limit = AttemptLimit::default();
        assert_eq!(limit.next(&[]), Ok(1));
        assert_eq!(limit.next(&[NotYetCompetent, Absent, NotYetCompetent]), Ok(3));
        assert_eq!(limit.next(&[NotYetCompetent; 3]), Err(StateError::Attempts));
        assert_eq!(limit.next(&[NotYetCompetent, Competent]), Err(StateError::Achieved));
        assert_eq!(limit.next(&[NotYetCompetent; 300]), Err(StateError::Attempts));
        assert_eq!(AttemptLimit::new(0), Err(StateError::AttemptLimit));
        assert_eq!(AttemptLimit::new(21), Err(StateError::AttemptLimit));
    }

    #[test]
    fn the_floor_holds_and_the_share_rounds_up() {
        let rule = SamplingRule::default();
        let expected = [
            (0, 0),
            (1, 1),
            (2, 2),
            (3, 3),
            (12, 3),
            (13, 4),
            (16, 4),
            (17, 5),
            (100, 25),
            (101, 26),
        ];
        for (population, size) in expected {
            assert_eq!(rule.sample_size(population), size, "{population}");
        }
        assert_eq!(SamplingRule::new(0, 3), Err(StateError::SamplingRule));
        assert_eq!(SamplingRule::new(101, 3), Err(StateError::SamplingRule));
        assert_eq!(SamplingRule::new(25, 0), Err(StateError::SamplingRule));
    }

    #[test]
    fn the_draw_of_a_seed_never_changes() {
        // If this fails, the algorithm changed, and samples on record can no longer be repeated.
        let mut random = SplitMix64::new(0);
        assert_eq!(random.draw(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(random.draw(), 0x6e78_9e6a_a1b9_65f4);
        assert_eq!(SamplingRule::default().draw(20, 42), DRAW_20_SEED_42);
    }

    const DRAW_20_SEED_42: [usize; 5] = [2, 6, 8, 13, 16];

    #[test]
    fn every_position_is_drawn_about_equally_often() {
        let mut hits = [0_u32; 12];
        for seed in 0..4_000 {
            for at in SamplingRule::default().draw(12, seed) {
                hits[at] += 1;
            }
        }
        assert!(hits.iter().all(|hits| (850..1_150).contains(hits)), "{hits:?}");
    }

    proptest! {
        #[test]
        fn a_sample_has_its_size_and_no_position_twice(n in 0_usize..400, percent in 1_u8..=100, floor in 1_u32..20, seed: u64) {
            let rule = SamplingRule::new(percent, floor).unwrap();
            let drawn = rule.draw(n, seed);
            prop_assert_eq!(drawn.len(), rule.sample_size(n));
            prop_assert!(drawn.len() >= n.min(floor as usize));
            prop_assert!(drawn.len() * 100 >= n * usize::from(percent));
            prop_assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(drawn.iter().all(|at| *at < n));
            prop_assert_eq!(drawn, rule.draw(n, seed));
        }

        #[test]
        fn walking_an_enrolment_never_leaves_its_states(changes in proptest::collection::vec(0_usize..7, 0..30)) {
            let mut status = EnrolmentStatus::Enrolled;
            for change in changes {
                if let Ok(next) = status.after(EnrolmentChange::ALL[change]) {
                    prop_assert_ne!(next, status);
                    status = next;
                }
                // Somebody who left or finished is never assessed.
                let gone = [
                    EnrolmentStatus::Completed,
                    EnrolmentStatus::Withdrawn,
                    EnrolmentStatus::Discontinued,
                    EnrolmentStatus::Suspended,
                ];
                prop_assert_eq!(status.is_active(), !gone.contains(&status));
            }
        }

        #[test]
        fn below_stays_below(seed: u64, bound in 1_u64..) {
            prop_assert!(SplitMix64::new(seed).below(bound) < bound);
        }
    }
}
