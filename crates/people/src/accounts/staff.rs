//! View: who may be put on a learner's team. Learners with an account are many and are left out.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{PersonId, Role};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};

use super::{PersonState, rows};
use crate::field::MaskedText;

/// Most people that are named: the largest provider on record has under 300 on its staff.
pub const STAFF_MAX: i64 = 500;

/// Names the people who hold another role than that of a learner, in the order of their names.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListStaff;

/// Somebody of the staff.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StaffLine {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: MaskedText,
    /// Whether they may sign in.
    pub state: PersonState,
    /// Their roles.
    pub roles: Vec<Role>,
}

/// The staff.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Staff {
    /// At most 500 of them.
    pub items: Vec<StaffLine>,
}

impl View for ListStaff {
    const NAME: &'static str = "person.staff";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Staff;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Staff, Fault> {
        let found = rows::staff(tx, STAFF_MAX)?;
        let mut items: Vec<StaffLine> = found
            .into_iter()
            .map(|(id, name, state, roles)| StaffLine {
                id,
                name: MaskedText::kept(name),
                state,
                roles,
            })
            .collect();
        items.sort_by(|one, other| one.name.as_str().cmp(other.name.as_str()));
        Ok(Staff { items })
    }

    fn entry(&self, output: &Staff) -> Note {
        Note::none().count(u64::try_from(output.items.len()).unwrap_or(0))
    }
}
