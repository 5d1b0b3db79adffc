//! Views: the operators, and one of them.

use skillsyms_cells::Read;
use skillsyms_core::PersonId;
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};

use crate::accounts::list::target_of;
use crate::accounts::{ListPeople, PersonView, ReadPerson};
use crate::page::{ByName, Page, PageAsk};

/// Lists the operators by their last names, from A to Z or back.
#[derive(Clone, Debug, Default)]
pub struct ListOperators {
    /// In which order.
    pub sort: ByName,
    /// Which page.
    pub page: PageAsk,
}

impl ListOperators {
    fn people(&self) -> ListPeople {
        ListPeople {
            page: self.page,
            sort: self.sort,
            ..ListPeople::default()
        }
    }
}

impl View for ListOperators {
    const NAME: &'static str = "operator.list";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<PersonView>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Person"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<PersonView>, Fault> {
        self.people().run(cx, tx)
    }

    fn entry(&self, output: &Page<PersonView>) -> Note {
        self.people().entry(output)
    }
}

/// Reads one operator's account.
#[derive(Clone, Copy, Debug)]
pub struct ReadOperator {
    /// Whose.
    pub person: PersonId,
}

impl ReadOperator {
    const fn account(self) -> ReadPerson {
        ReadPerson { person: self.person }
    }
}

impl View for ReadOperator {
    const NAME: &'static str = "operator.read";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = PersonView;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<PersonView, Fault> {
        self.account().run(cx, tx)
    }

    fn entry(&self, output: &PersonView) -> Note {
        self.account().entry(output)
    }
}
