//! The learners in whose enrolments somebody stands, by name: what a page of their list is read from, however many they are.
//!
//! It follows from the enrolments. Whoever writes the team of an enrolment, or the name of a learner, calls [`keep`] in the same
//! transaction; the counters' check compares it with what it follows from.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use skillsyms_cells::schema::{enrolments, learners, team_learners};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{LearnerId, PersonId};

/// Learners that one call may be for: as many as are enrolled at once.
const AT_ONCE: usize = 200;

type Pair = (PersonId, LearnerId);
type Team = (
    LearnerId,
    Option<PersonId>,
    Option<PersonId>,
    Option<PersonId>,
    Option<PersonId>,
);

const TEAM: (
    enrolments::learner,
    enrolments::facilitator,
    enrolments::assessor,
    enrolments::moderator,
    enrolments::verifier,
) = (
    enrolments::learner,
    enrolments::facilitator,
    enrolments::assessor,
    enrolments::moderator,
    enrolments::verifier,
);

/// Brings the names in line with the enrolments of these learners, after a change. `before` are people who stood there until now.
pub(crate) fn keep(tx: &mut Tx<'_>, of: &[LearnerId], before: &[PersonId]) -> Result<(), CellError> {
    for some in of.chunks(AT_ONCE) {
        keep_some(tx, some, before)?;
    }
    Ok(())
}

fn keep_some(tx: &mut Tx<'_>, of: &[LearnerId], before: &[PersonId]) -> Result<(), CellError> {
    let teams: Vec<Team> = tx.load(
        enrolments::table
            .filter(enrolments::learner.eq_any(of.to_vec()))
            .select(TEAM),
    )?;
    let wanted: HashSet<Pair> = teams.into_iter().flat_map(pairs).collect();
    let mut people: Vec<PersonId> = wanted
        .iter()
        .map(|(person, _)| *person)
        .chain(before.iter().copied())
        .collect();
    people.sort_unstable();
    people.dedup();
    let folds = learners::table
        .filter(learners::id.eq_any(of.to_vec()))
        .select((learners::id, learners::fold));
    let folds: HashMap<LearnerId, String> = tx.load(folds)?.into_iter().collect();
    let stand = team_learners::table
        .filter(team_learners::person.eq_any(people))
        .filter(team_learners::learner.eq_any(of.to_vec()))
        .select((team_learners::person, team_learners::learner, team_learners::fold));
    let stand: Vec<(PersonId, LearnerId, String)> = tx.load(stand)?;
    let mut right = HashSet::new();
    for (person, learner, fold) in stand {
        if wanted.contains(&(person, learner)) && folds.get(&learner) == Some(&fold) {
            right.insert((person, learner));
        } else {
            tx.execute(diesel::delete(team_learners::table.find((person, learner))))?;
        }
    }
    let new: Vec<_> = wanted
        .difference(&right)
        .filter_map(|(person, learner)| {
            let fold = folds.get(learner)?;
            Some((
                team_learners::person.eq(*person),
                team_learners::learner.eq(*learner),
                team_learners::fold.eq(fold.clone()),
            ))
        })
        .collect();
    if !new.is_empty() {
        tx.execute(diesel::insert_into(team_learners::table).values(new))?;
    }
    Ok(())
}

fn pairs((learner, a, b, c, d): Team) -> impl Iterator<Item = Pair> {
    [a, b, c, d].into_iter().flatten().map(move |person| (person, learner))
}

/// How many names are kept, and how many there should be and are as they should be. It reads all enrolments.
pub(crate) fn compare(read: &mut Read<'_>) -> Result<(i64, i64), CellError> {
    let teams: Vec<Team> = read.load(enrolments::table.select(TEAM))?;
    let wanted: HashSet<Pair> = teams.into_iter().flat_map(pairs).collect();
    let kept = team_learners::table
        .inner_join(learners::table.on(learners::id.eq(team_learners::learner)))
        .select((
            team_learners::person,
            team_learners::learner,
            team_learners::fold.eq(learners::fold),
        ));
    let kept: Vec<(PersonId, LearnerId, bool)> = read.load(kept)?;
    let right = kept
        .iter()
        .filter(|(person, learner, same)| *same && wanted.contains(&(*person, *learner)));
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    // What is kept wrongly counts against what should be there.
    let wrong = kept.len().saturating_sub(right.count());
    Ok((count(kept.len()), count(wanted.len()).saturating_sub(count(wrong))))
}

#[cfg(test)]
mod tests {
    use skillsyms_core::Role;
    use skillsyms_core::person::fold;
    use skillsyms_door::Actor;

    use crate::dashboard::CheckCounters;
    use crate::enrolments::school::School;
    use crate::enrolments::{AssignTeam, Team};
    use crate::learners::{LearnerChange, ListLearners, UpdateLearner};

    async fn listed(school: &School, by: Actor) -> Vec<String> {
        let list = school.house.view(by, ListLearners::default()).await.unwrap();
        list.items.into_iter().map(|learner| learner.last_name).collect()
    }

    async fn agrees(school: &School) {
        let console = Actor::Console(school.house.one);
        let checked = school.house.view(console, CheckCounters).await.unwrap();
        assert_eq!(checked.differences, []);
    }

    #[tokio::test]
    async fn names_follow_teams_and_learners() {
        let school = School::with(4).await;
        agrees(&school).await;
        let before = listed(&school, school.assessor.actor).await;
        assert_eq!(before.len(), 4);
        assert!(before.is_sorted_by_key(|name| fold(name)), "{before:?}");
        let other = school.stranger(&[Role::Assessor]).await;
        assert!(listed(&school, other.actor).await.is_empty());
        let moved = AssignTeam {
            id: school.pupils[0].enrolment,
            team: Team {
                assessor: Some(other.id),
                ..school.team()
            },
            expected: None,
        };
        school.house.run(school.admin, moved).await.unwrap();
        assert_eq!(listed(&school, school.assessor.actor).await.len(), 3);
        assert_eq!(listed(&school, other.actor).await.len(), 1);
        assert_eq!(listed(&school, school.verifier.actor).await.len(), 4);
        agrees(&school).await;
        let renamed = UpdateLearner {
            id: school.pupils[1].learner,
            expected: None,
            change: LearnerChange {
                last_name: Some("Zzwane".to_owned()),
                ..LearnerChange::default()
            },
        };
        school.house.run(school.admin, renamed).await.unwrap();
        let after = listed(&school, school.verifier.actor).await;
        assert_eq!(after.last().map(String::as_str), Some("Zzwane"));
        agrees(&school).await;
    }
}
