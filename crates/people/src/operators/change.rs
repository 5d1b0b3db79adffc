//! Acts: suspend an operator, restore one, make one a link to a new password, take one's second factors away.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::PersonId;
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use crate::accounts::list::target_of;
use crate::accounts::state::{Restored, Suspended};
use crate::accounts::{Restore, Suspend};
use crate::factors::{FactorsReset, ResetFactors};
use crate::mail::{Letter, Sending};
use crate::reset::send::{Ready, ResetSent, SendReset};

/// Suspends an operator: their sessions end, and their links to a new password stop working.
#[derive(Clone, Copy, Debug)]
pub struct SuspendOperator {
    /// Whom.
    pub person: PersonId,
    /// The version that was read, if the change must not overwrite another.
    pub expected: Option<i64>,
}

impl SuspendOperator {
    const fn account(self) -> Suspend {
        Suspend {
            person: self.person,
            expected: self.expected,
        }
    }
}

impl Act for SuspendOperator {
    const NAME: &'static str = "operator.suspend";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Suspended;

    fn prepare(&self, cx: &Cx) -> Result<(), Fault> {
        self.account().prepare(cx)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, ready: &(), tx: &mut Tx<'_>) -> Result<Suspended, Fault> {
        self.account().run(cx, ready, tx)
    }

    fn entry(&self, output: &Suspended) -> Note {
        self.account().entry(output)
    }
}

/// Restores a suspended operator. Sessions and links that ended do not come back.
#[derive(Clone, Copy, Debug)]
pub struct RestoreOperator {
    /// Whom.
    pub person: PersonId,
    /// The version that was read, if the change must not overwrite another.
    pub expected: Option<i64>,
}

impl RestoreOperator {
    const fn account(self) -> Restore {
        Restore {
            person: self.person,
            expected: self.expected,
        }
    }
}

impl Act for RestoreOperator {
    const NAME: &'static str = "operator.restore";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Restored;

    fn prepare(&self, cx: &Cx) -> Result<(), Fault> {
        self.account().prepare(cx)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, ready: &(), tx: &mut Tx<'_>) -> Result<Restored, Fault> {
        self.account().run(cx, ready, tx)
    }

    fn entry(&self, output: &Restored) -> Note {
        self.account().entry(output)
    }
}

/// Makes an operator a link to a new password, shown once. The password that they have works until they use it.
#[derive(Clone, Copy, Debug)]
pub struct ResetOperator {
    /// Whom.
    pub person: PersonId,
}

impl ResetOperator {
    const fn link(self) -> SendReset {
        SendReset {
            person: self.person,
            sending: Sending::Off,
        }
    }
}

impl Act for ResetOperator {
    const NAME: &'static str = "operator.reset";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Ready;
    type Output = ResetSent;

    fn prepare(&self, cx: &Cx) -> Result<Ready, Fault> {
        self.link().prepare(cx)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<ResetSent, Fault> {
        self.link().run(cx, ready, tx)
    }

    fn entry(&self, output: &ResetSent) -> Note {
        self.link().entry(output)
    }
}

/// Takes all second factors of an operator away, who lost them; their sessions end, and they set one up when they sign in next.
#[derive(Clone, Copy, Debug)]
pub struct ResetOperatorFactors {
    /// Whose.
    pub person: PersonId,
}

impl ResetOperatorFactors {
    const fn account(self) -> ResetFactors {
        ResetFactors {
            person: self.person,
            sending: Sending::Off,
        }
    }
}

impl Act for ResetOperatorFactors {
    const NAME: &'static str = "operator.reset_factors";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Option<Letter>;
    type Output = FactorsReset;

    fn prepare(&self, cx: &Cx) -> Result<Option<Letter>, Fault> {
        self.account().prepare(cx)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, ready: &Option<Letter>, tx: &mut Tx<'_>) -> Result<FactorsReset, Fault> {
        self.account().run(cx, ready, tx)
    }

    fn entry(&self, output: &FactorsReset) -> Note {
        self.account().entry(output)
    }
}
