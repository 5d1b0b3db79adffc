//! What happens between entering and the answer, in this order and nowhere else.
//!
//! A change: prepare; open the transaction; look the credential up in it; load the target; ask the policies; refuse
//! or run in a savepoint; append the entry; commit durably; answer. A read: the same on a reader's snapshot, then its
//! entry on the writer; a brief one on SQLite is a job of the writer with its entry. The answer waits for that entry to be
//! durable.
//!
//! What `prepare` finds wrong is told only to those whom the policies let do the act: who may not is refused like with
//! a good body, and the refusal is entered.

use std::net::IpAddr;
use std::sync::Arc;

use skillsyms_cells::{Cell, CellError, Read, Tx};
use skillsyms_core::problem::{INTERNAL, UNAUTHENTICATED};
use skillsyms_core::{Problem, Reference, Rng};
use skillsyms_ledger::{Entry, Ledger, Outcome};
use skillsyms_vault::SystemRng;
use uuid::Uuid;

use crate::act::{Act, Fault, Note, View};
use crate::actor::{Actor, Found, Kind, Principal};
use crate::authorise::Attempt;
use crate::cx::{Base, Cx, Scope};
use crate::door::{Door, Rules, below};
use crate::once::{self, Before, Once, OnceKey};
use crate::record::{self, After};
use crate::registry::ActInfo;
use crate::target::Target;

/// Seconds between two notes that a session or key was used.
const SEEN_SECONDS: i64 = 60;

/// Phases of an act, so that ids drawn in one do not repeat those of another.
const PREPARE: u8 = 0;
const RUN: u8 = 1;

/// Inside the door: an actor, and the circumstances of what it is about to do.
pub struct Entrance<'d> {
    door: &'d Door,
    actor: Actor,
    purpose: Option<String>,
    from: Option<IpAddr>,
    reference: Option<Reference>,
}

impl<'d> Entrance<'d> {
    pub(crate) const fn new(door: &'d Door, actor: Actor) -> Self {
        Self {
            door,
            actor,
            purpose: None,
            from: None,
            reference: None,
        }
    }

    /// States a purpose. Blank is none; more than the ledger takes is cut there with a problem.
    #[must_use]
    pub fn purpose(mut self, purpose: Option<String>) -> Self {
        self.purpose = purpose
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty());
        self
    }

    /// The caller's network address.
    #[must_use]
    pub const fn from(mut self, address: Option<IpAddr>) -> Self {
        self.from = address;
        self
    }

    /// The reference that the caller was given.
    #[must_use]
    pub const fn reference(mut self, reference: Reference) -> Self {
        self.reference = Some(reference);
        self
    }

    /// Does an act.
    ///
    /// # Errors
    /// A problem: then nothing was changed, and the ledger says that it was tried.
    pub async fn run<A: Act>(self, act: A) -> Result<A::Output, Problem> {
        match self.run_with::<A>(act, None).await? {
            Once::Done(output) => Ok(output),
            Once::Before { .. } => Err(Problem::internal()),
        }
    }

    /// Does an act at most once for an idempotency key.
    ///
    /// # Errors
    /// As [`Entrance::run`], and [`skillsyms_core::problem::IDEMPOTENCY`] if the key came with another request.
    pub async fn run_once<A: Act>(self, act: A, once: OnceKey<A::Output>) -> Result<Once<A::Output>, Problem> {
        self.run_with::<A>(act, Some(once)).await
    }

    async fn run_with<A: Act>(self, act: A, once: Option<OnceKey<A::Output>>) -> Result<Once<A::Output>, Problem> {
        let started = std::time::Instant::now();
        let info = self.info(A::NAME)?;
        let cell = self.door.cell(&self.actor).await?;
        self.door.check_at_work(&self.actor).await?;
        let job = self.job(&cell, info);
        let reference = job.base.reference.uuid();
        let prepared = Cx::new(job.base.clone(), Principal::bare(Kind::Nobody), Scope::All, PREPARE);
        let ready = act.prepare(&prepared).map_err(|fault| told(fault, reference));
        drop(prepared);
        let base = job.base.clone();
        let result = cell.write(move |tx| {
            let mut ran = change(&job, &act, ready.as_ref(), once.as_ref(), tx)?;
            let entries = std::mem::take(&mut ran.entries);
            Ok((ran, entries))
        });
        let result = result.await;
        let done = result.map_err(|error| below(&error, reference))?;
        measure(A::NAME, started, done.result.is_ok());
        self.note(&cell, base, done.after);
        done.result
    }

    /// Does a read.
    ///
    /// # Errors
    /// A problem: then nothing was shown, and the ledger says that it was tried.
    pub async fn view<V: View>(self, view: V) -> Result<V::Output, Problem> {
        let started = std::time::Instant::now();
        let info = self.info(V::NAME)?;
        let cell = self.door.cell(&self.actor).await?;
        let job = self.job(&cell, info);
        let reference = job.base.reference.uuid();
        let base = job.base.clone();
        let body = move |tx: &mut Read<'_>| {
            let mut ran = look(&job, &view, tx)?;
            let entries = std::mem::take(&mut ran.entries);
            Ok((ran, entries))
        };
        let seen = if V::IS_BRIEF {
            cell.read_and_append(body).await
        } else {
            seen_apart(&cell, body).await
        };
        let done = seen.map_err(|error| below(&error, reference))?;
        measure(V::NAME, started, done.result.is_ok());
        self.note(&cell, base, done.after);
        done.result
    }

    /// What this actor did before under an idempotency key, if anything. Nothing is done, and nothing but ids of what the
    /// actor made is told: so it leaves no entry. For what streams, and is known again only at its end.
    ///
    /// # Errors
    /// A problem if the credential is none.
    pub async fn before(self, key: String) -> Result<Option<Before>, Problem> {
        let cell = self.door.cell(&self.actor).await?;
        let (rules, actor, base) = (Arc::clone(&self.door.0.rules), self.actor, self.base(&cell));
        let (showing, reference) = (base.showing(), base.reference.uuid());
        let found = cell.read_briefly(move |tx| {
            let Ok(shown) = actor.shown() else {
                return Ok(Ok(None));
            };
            match rules.directory.principal(tx, &shown, &showing)? {
                Found::Principal(principal) => Ok::<_, Fault>(Ok(once::find(tx, &principal, &key, showing.now)?)),
                Found::Elsewhere(stray) => Ok(Err(stray)),
            }
        });
        let found = found.await.map_err(|error| below(&error, reference))?;
        match found.map_err(|fault| told(fault, reference))? {
            Ok(before) => Ok(before),
            Err(stray) => {
                self.note(&cell, base, After::strayed(stray));
                Err(Problem::new(&UNAUTHENTICATED))
            }
        }
    }

    fn info(&self, name: &'static str) -> Result<ActInfo, Problem> {
        self.door.registry().get(name).copied().ok_or_else(|| {
            tracing::error!(act = name, "not in the registry");
            Problem::new(&INTERNAL)
        })
    }

    fn base(&self, cell: &Cell<Ledger>) -> Base {
        let mut seed = [0_u8; 32];
        SystemRng.fill(&mut seed);
        Base {
            now: self.door.clock().now(),
            reference: self.reference.unwrap_or_else(|| self.door.reference()),
            seed,
            cell: cell.id(),
            kind: self.door.kind_of(cell.id()),
            quotas: self.door.quotas_of(cell.id()),
            keys: cell.keys(),
            purpose: self.purpose.clone().filter(|text| check_purpose(text).is_ok()),
            from: self.from,
        }
    }

    fn job(&self, cell: &Cell<Ledger>, info: ActInfo) -> Job {
        Job {
            purpose: self.purpose.as_deref().map(check_purpose),
            rules: Arc::clone(&self.door.0.rules),
            actor: self.actor,
            base: self.base(cell),
            info,
        }
    }

    /// Leaves a note of the credential's use, without letting the caller wait for it.
    fn note(&self, cell: &Cell<Ledger>, base: Base, after: Option<After>) {
        if let Some(after) = after {
            tokio::spawn(after.note(cell.clone(), Arc::clone(&self.door.0.rules), base));
        }
    }
}

/// A read on a snapshot of its own, then its entries on the writer.
async fn seen_apart<T: Send + 'static>(
    cell: &Cell<Ledger>,
    mut body: impl FnMut(&mut Read<'_>) -> Result<(T, Vec<Entry>), CellError> + Send + 'static,
) -> Result<T, CellError> {
    let (value, entries) = cell.read(move |tx| body(tx)).await??;
    cell.append_all(entries).await?;
    Ok(value)
}

/// Everything that an attempt needs and that stays the same when it is made again.
struct Job {
    rules: Arc<Rules>,
    actor: Actor,
    base: Base,
    info: ActInfo,
    /// Whether a purpose was stated, and whether the ledger takes it. One that it does not take is in no `base`.
    purpose: Option<Result<(), Problem>>,
}

/// What a run left.
struct Ran<T> {
    result: Result<T, Problem>,
    entries: Vec<Entry>,
    /// What is to be noted of the credential.
    after: Option<After>,
}

impl Job {
    fn found(&self, tx: &mut Read<'_>) -> Result<Found, Fault> {
        match self.actor.shown() {
            Ok(shown) => self.rules.directory.principal(tx, &shown, &self.base.showing()),
            Err(kind) => Ok(Found::Principal(Principal::bare(kind))),
        }
    }

    /// Who acts. Else what is left of the attempt: nobody's, or a key's that is not let in from there, which are answered alike.
    fn principal<T>(&self, tx: &mut Read<'_>) -> Result<Result<Principal, Ran<T>>, CellError> {
        Ok(match split(self.found(tx))? {
            Ok(Found::Principal(principal)) => Ok(principal),
            Ok(Found::Elsewhere(stray)) => Err(Ran {
                after: After::strayed(stray),
                ..unauthenticated(Problem::new(&UNAUTHENTICATED))
            }),
            Err(problem) => Err(unauthenticated(problem)),
        })
    }

    /// The scope in which the principal may do this, or what they are told. A target that is absent is answered like
    /// one that is forbidden.
    fn authorise(&self, principal: &Principal, target: Result<Target, Fault>) -> Result<Scope, Fault> {
        let attempt = Attempt {
            principal,
            act: self.info.name,
            shape: self.info.shape,
            now: self.base.now,
            has_purpose: self.purpose.is_some(),
        };
        match target {
            Ok(target) => Ok(self.rules.policies.authorise(&attempt, &target)?),
            Err(Fault::Problem(problem)) if problem == Problem::not_found() => {
                Err(self.rules.policies.refusal(&attempt).into())
            }
            Err(fault) => Err(fault),
        }
    }

    /// An act of another realm finds nothing here: its tables are not in this cell, and a role of this cell is none there.
    fn belongs(&self) -> Result<(), Fault> {
        if self.info.realm.takes_in(self.base.kind) {
            return Ok(());
        }
        Err(Problem::not_found().into())
    }

    /// What was stated wrongly is told once the policies let the act go on.
    fn check(&self) -> Result<(), Fault> {
        Ok(self.purpose.clone().unwrap_or(Ok(()))?)
    }

    fn cx(&self, principal: Principal, scope: Scope) -> Cx {
        Cx::new(self.base.clone(), principal, scope, RUN)
    }

    fn entry(&self, principal: &Principal, note: Note, outcome: Outcome, problem: Option<&Problem>) -> Entry {
        record::entry(&self.base, self.info.name, principal, note, (outcome, problem))
    }

    fn after(&self, principal: &Principal) -> Option<After> {
        let is_old = principal
            .seen_at
            .is_some_and(|at| self.base.now.seconds_since(at) >= SEEN_SECONDS);
        is_old.then(|| After::Used(principal.clone()))
    }

    /// The answer to a refusal or failure, and the entry that says so. Nobody's refusals are counted, not entered:
    /// anybody on the network could fill the ledger with them.
    fn not_done<T>(&self, principal: &Principal, problem: Problem, outcome: Outcome) -> Ran<T> {
        let entries = if principal.kind == Kind::Nobody && outcome == Outcome::Refused {
            Vec::new()
        } else {
            vec![self.entry(principal, Note::none(), outcome, Some(&problem))]
        };
        Ran {
            result: Err(problem),
            entries,
            after: None,
        }
    }
}

fn change<A: Act>(
    job: &Job,
    act: &A,
    ready: Result<&A::Ready, &Problem>,
    once: Option<&OnceKey<A::Output>>,
    tx: &mut Tx<'_>,
) -> Result<Ran<Once<A::Output>>, CellError> {
    let principal = match job.principal(&mut tx.read())? {
        Ok(principal) => principal,
        Err(ran) => return Ok(ran),
    };
    if let Some(once) = once
        && let Some(before) = once::find(&mut tx.read(), &principal, &once.key, job.base.now)?
    {
        let resources = before.of(&once.fingerprint);
        return Ok(Ran {
            result: resources.map(|resources| Once::Before { resources }),
            entries: Vec::new(),
            after: None,
        });
    }
    let target = job.belongs().and_then(|()| act.target(&mut tx.read()));
    let scope = match split(job.authorise(&principal, target))? {
        Ok(scope) => scope,
        Err(problem) => return Ok(job.not_done(&principal, problem, Outcome::Refused)),
    };
    let cx = job.cx(principal.clone(), scope);
    let done = tx.savepoint(|tx| {
        job.check()?;
        let ready = ready.map_err(Problem::clone)?;
        let output = act.run(&cx, ready, tx)?;
        if let Some(once) = once {
            once::keep(tx, &cx, once, &output)?;
        }
        Ok::<_, Fault>(output)
    })?;
    match split(done)? {
        Ok(output) => {
            let entry = job.entry(&principal, act.entry(&output), Outcome::Done, None);
            Ok(Ran {
                result: Ok(Once::Done(output)),
                entries: vec![entry],
                after: job.after(&principal),
            })
        }
        Err(problem) => {
            let entry = job.entry(&principal, act.failed(), Outcome::Failed, Some(&problem));
            Ok(Ran {
                result: Err(problem),
                entries: vec![entry],
                after: None,
            })
        }
    }
}

fn look<V: View>(job: &Job, view: &V, tx: &mut Read<'_>) -> Result<Ran<V::Output>, CellError> {
    let principal = match job.principal(tx)? {
        Ok(principal) => principal,
        Err(ran) => return Ok(ran),
    };
    let target = job.belongs().and_then(|()| view.target(tx));
    let scope = match split(job.authorise(&principal, target))? {
        Ok(scope) => scope,
        Err(problem) => return Ok(job.not_done(&principal, problem, Outcome::Refused)),
    };
    let cx = job.cx(principal.clone(), scope);
    match split(job.check().and_then(|()| view.run(&cx, tx)))? {
        Ok(output) => {
            let entries = if V::LEAVES_ENTRY {
                vec![job.entry(&principal, view.entry(&output), Outcome::Done, None)]
            } else {
                Vec::new()
            };
            Ok(Ran {
                result: Ok(output),
                entries,
                after: job.after(&principal),
            })
        }
        Err(problem) => Ok(job.not_done(&principal, problem, Outcome::Failed)),
    }
}

/// No valid credential: an event counted, outside the ledger.
fn unauthenticated<T>(problem: Problem) -> Ran<T> {
    metrics::counter!("skillsyms_unauthenticated_total").increment(1);
    Ran {
        result: Err(problem),
        entries: Vec::new(),
        after: None,
    }
}

/// Parts what the caller is told from what loses the transaction.
fn split<T>(result: Result<T, Fault>) -> Result<Result<T, Problem>, CellError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Fault::Problem(problem)) => Ok(Err(problem)),
        Err(Fault::Cell(error)) => Err(error),
    }
}

/// What the ledger would not take is refused before anything is done: later it would be a failure of ours that undoes
/// its neighbours' group and leaves no entry. The learner reads it, so nothing in it hides or turns text.
fn check_purpose(text: &str) -> Result<(), Problem> {
    if text.chars().count() > skillsyms_ledger::entry::PURPOSE_CHARS_MAX {
        return Err(Problem::field(
            "purpose",
            "too_long",
            "Say it in at most 200 characters.",
        ));
    }
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    if text.contains(is_hidden) {
        let message = "Write it in one line, without control characters.";
        return Err(Problem::field("purpose", "text.character", message));
    }
    Ok(())
}

fn told(fault: Fault, reference: Uuid) -> Problem {
    match fault {
        Fault::Problem(problem) => problem,
        Fault::Cell(error) => below(&error, reference),
    }
}

fn measure(act: &'static str, started: std::time::Instant, is_done: bool) {
    let outcome = if is_done { "done" } else { "not_done" };
    metrics::counter!("skillsyms_acts_total", "act" => act, "outcome" => outcome).increment(1);
    metrics::histogram!("skillsyms_act_seconds", "act" => act).record(started.elapsed().as_secs_f64());
}
