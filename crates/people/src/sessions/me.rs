//! View: who one is here.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{ApiKeyId, CellId, Instant, Problem, SessionId};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Owes, STEP_UP_SECONDS, Target, View};

use crate::accounts::list::{PersonView, read};
use crate::factors;

/// Reads one's own account, or what one's key may do.
#[derive(Clone, Copy, Debug)]
pub struct ReadMe;

/// Who asks.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Me {
    /// The tenant in which they act.
    pub tenant: CellId,
    /// Their account, if it is a person.
    pub person: Option<PersonView>,
    /// The session they came with.
    pub session: Option<SessionId>,
    /// Until when their last confirmation counts.
    pub step_up_until: Option<Instant>,
    /// Whether they have a second factor: then that is what they confirm with.
    pub has_factor: bool,
    /// What is to be done before anything else.
    pub owes: Option<Owes>,
    /// Until when they are registered as an assessor.
    pub assessor_until: Option<Instant>,
    /// Until when they are registered as a moderator.
    pub moderator_until: Option<Instant>,
    /// The API key, if it is one.
    pub api_key: Option<ApiKeyId>,
    /// What the key may do.
    pub scopes: Vec<String>,
}

impl View for ReadMe {
    const NAME: &'static str = "me.read";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Me;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Me, Fault> {
        let actor = cx.actor();
        if actor.person.is_none() && actor.key.is_none() {
            return Err(Problem::new(&skillsyms_core::problem::FORBIDDEN).into());
        }
        let has_factor = match actor.person {
            Some(person) => factors::rows::has_any(tx, person)?,
            None => false,
        };
        let until = actor.step_up_at.map(|at| at.plus_seconds(STEP_UP_SECONDS));
        Ok(Me {
            tenant: cx.cell(),
            person: actor.person.map(|person| read(cx.keys(), tx, person)).transpose()?,
            session: actor.session,
            step_up_until: until.filter(|until| *until >= cx.now()),
            has_factor,
            owes: actor.owes,
            assessor_until: actor.assessor_until,
            moderator_until: actor.moderator_until,
            api_key: actor.key,
            scopes: actor.scopes.clone(),
        })
    }

    fn entry(&self, output: &Me) -> Note {
        let Some(person) = &output.person else {
            return Note::none();
        };
        let note = Note::on("Person", person.id.uuid());
        match person.learner {
            Some(learner) => note.about(learner),
            None => note,
        }
    }
}
