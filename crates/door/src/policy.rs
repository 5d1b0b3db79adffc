//! Who may do what: Cedar policies, sliced by act when they are loaded.
//!
//! A decision's cost grows with the policies it looks at, so each act gets sets of its own, one for each kind of
//! principal: the policies that name the act and the kind, and the ones that name none. A property test demands that
//! slice and whole set agree.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::str::FromStr;

use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, Policy, PolicyId,
    PolicySet, PrincipalConstraint, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};
use skillsyms_core::Instant;

use crate::actor::{Kind, Principal, STEP_UP_SECONDS};
use crate::cx::Scope;
use crate::entities::{Maker, Plain, text};
use crate::registry::Registry;
use crate::target::Target;

/// The policies of the house, one file for each slice.
pub const SOURCES: &[(&str, &str)] = &[
    ("common", include_str!("../../../policies/common.cedar")),
    ("people", include_str!("../../../policies/people.cedar")),
    ("reset", include_str!("../../../policies/reset.cedar")),
    ("mail", include_str!("../../../policies/mail.cedar")),
    ("learners", include_str!("../../../policies/learners.cedar")),
    ("access", include_str!("../../../policies/access.cedar")),
    ("learning", include_str!("../../../policies/learning.cedar")),
    ("imports", include_str!("../../../policies/imports.cedar")),
    ("ledger", include_str!("../../../policies/ledger.cedar")),
    ("programmes", include_str!("../../../policies/programmes.cedar")),
    ("settings", include_str!("../../../policies/settings.cedar")),
    ("tasks", include_str!("../../../policies/tasks.cedar")),
    ("enrolments", include_str!("../../../policies/enrolments.cedar")),
    ("evidence", include_str!("../../../policies/evidence.cedar")),
    ("assessments", include_str!("../../../policies/assessments.cedar")),
    ("moderation", include_str!("../../../policies/moderation.cedar")),
    ("results", include_str!("../../../policies/results.cedar")),
    ("statements", include_str!("../../../policies/statements.cedar")),
    ("dashboard", include_str!("../../../policies/dashboard.cedar")),
    ("controls", include_str!("../../../policies/controls.cedar")),
    ("platform", include_str!("../../../policies/platform.cedar")),
    ("operators", include_str!("../../../policies/operators.cedar")),
];

/// The policies do not load.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A file does not parse, or two policies have one id, or one has none.
    #[error("policies/{file}.cedar: {why}")]
    Source {
        /// Which file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A name that cannot be a Cedar name.
    #[error("{0} is not a name that Cedar accepts")]
    Name(String),
    /// The policies do not fit the schema.
    #[error("the policies do not fit the schema: {0}")]
    Schema(String),
}

/// One question to the policies.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// To do what.
    pub act: &'static str,
    /// To what.
    pub target: &'a Target,
    /// For a list, in which scope.
    pub scope: Option<Scope>,
    /// When.
    pub now: Instant,
    /// Whether a purpose was stated.
    pub has_purpose: bool,
    /// Whether to suppose that the credential was just confirmed.
    pub suppose_step_up: bool,
}

/// An answer, with what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// True only if a permit applied, no forbid did, and nothing went wrong.
    pub allowed: bool,
    /// Ids of the policies that decided.
    pub because: Vec<String>,
}

impl Answer {
    /// What is said where nothing permits.
    const fn refused() -> Self {
        Self {
            allowed: false,
            because: Vec::new(),
        }
    }
}

impl Question<'_> {
    /// Whether the credential counts as just confirmed.
    pub(crate) fn is_confirmed(&self) -> bool {
        let at = self.principal.step_up_at;
        self.suppose_step_up || at.is_some_and(|at| self.now.seconds_since(at) <= STEP_UP_SECONDS)
    }
}

struct Slice {
    action: EntityUid,
    /// By kind of principal.
    policies: HashMap<&'static str, PolicySet>,
    /// By whether the credential was just confirmed and whether a purpose was stated.
    contexts: HashMap<(bool, bool), Context>,
}

/// The loaded policies.
pub struct Policies {
    whole: PolicySet,
    slices: HashMap<String, Slice>,
    maker: Maker,
    authorizer: Authorizer,
}

impl Policies {
    /// Loads the policies of the house for the acts of a registry.
    ///
    /// # Errors
    /// [`PolicyError`] if a file does not parse or names an act that is not in the registry.
    pub fn load(registry: &Registry) -> Result<Self, PolicyError> {
        let mut parsed = Vec::new();
        for (file, text) in SOURCES {
            parsed.extend(parse(file, text)?);
        }
        let whole = set("all", parsed.iter().map(|(_, policy)| policy.clone()))?;
        let mut slices = HashMap::new();
        for info in registry.all() {
            let action = uid("Action", info.name)?;
            let mut policies = HashMap::new();
            for kind in Kind::ALL.map(Kind::as_str) {
                let who = type_name(kind)?;
                let chosen = parsed
                    .iter()
                    .filter(|(_, policy)| concerns(policy, &action) && is_for(policy, &who))
                    .map(|(_, policy)| policy.clone());
                policies.insert(kind, set(info.name, chosen)?);
            }
            let slice = Slice {
                contexts: contexts(info.name)?,
                policies,
                action,
            };
            slices.insert(info.name.to_owned(), slice);
        }
        let resources = registry.all().map(|info| resource_type(info.shape.entity()));
        Ok(Self {
            whole,
            slices,
            maker: Maker::new(resources.chain(["Tenant"]))?,
            authorizer: Authorizer::new(),
        })
    }

    /// Checks every policy against the schema, strictly.
    ///
    /// # Errors
    /// [`PolicyError::Schema`] with all that does not fit.
    pub fn validate(&self, registry: &Registry) -> Result<(), PolicyError> {
        let (schema, _) = Schema::from_cedarschema_str(&schema_text(registry))
            .map_err(|error| PolicyError::Schema(error.to_string()))?;
        let result = Validator::new(schema).validate(&self.whole, ValidationMode::Strict);
        if result.validation_passed() {
            return Ok(());
        }
        let all: Vec<String> = result.validation_errors().map(ToString::to_string).collect();
        Err(PolicyError::Schema(all.join("; ")))
    }

    /// Asks the slice of the act. Anything that goes wrong is a refusal.
    #[must_use]
    pub fn ask(&self, question: &Question<'_>) -> Answer {
        self.ask_slice(question).unwrap_or_else(Answer::refused)
    }

    /// The same without what led to it. What the policies said of a target without ids of its own, to a principal with
    /// the same traits, they are not asked again: most acts of a key or of a session are such. An answer that went wrong
    /// is not kept, so that it is told each time.
    #[must_use]
    pub fn allow(&self, question: &Question<'_>) -> bool {
        let plain = Plain::of(question);
        if let Some(answer) = plain.and_then(|plain| self.maker.answered(question, plain)) {
            return answer;
        }
        let Some(answer) = self.ask_slice(question) else {
            return false;
        };
        if let Some(plain) = plain {
            self.maker.keep(question, plain, answer.allowed);
        }
        answer.allowed
    }

    fn ask_slice(&self, question: &Question<'_>) -> Option<Answer> {
        let slice = self.slices.get(question.act)?;
        let policies = slice.policies.get(question.principal.kind.as_str())?;
        self.answer(question, slice, policies)
    }

    /// Asks the whole set: the same answer at a higher price, for the property test and for explanations.
    #[must_use]
    pub fn ask_whole(&self, question: &Question<'_>) -> Answer {
        let slice = self.slices.get(question.act);
        let answer = slice.and_then(|slice| self.answer(question, slice, &self.whole));
        answer.unwrap_or_else(Answer::refused)
    }

    /// One policy, for explanations.
    pub(crate) fn policy(&self, id: &PolicyId) -> Option<&Policy> {
        self.whole.policy(id)
    }

    fn answer(&self, question: &Question<'_>, slice: &Slice, policies: &PolicySet) -> Option<Answer> {
        let kind = resource_type(question.target.entity);
        let (who, what) = (self.maker.uid(question.principal.kind.as_str())?, self.maker.uid(kind)?);
        let about = [self.maker.principal(question)?, self.maker.resource(question, kind)?];
        let entities = Entities::from_entities(about, None).ok()?;
        let request = Request::new(who, slice.action.clone(), what, slice.context(question)?, None).ok()?;
        let response = self.authorizer.is_authorized(&request, policies, &entities);
        let mut errors = response.diagnostics().errors().peekable();
        if errors.peek().is_some() {
            // Cedar skips a policy that errors, a forbid too: so any error is a refusal and an alert.
            tracing::error!(act = question.act, "a policy failed to evaluate");
            metrics::counter!("skillsyms_policy_errors_total").increment(1);
            return None;
        }
        let because = response.diagnostics().reason().map(ToString::to_string).collect();
        Some(Answer {
            allowed: response.decision() == Decision::Allow,
            because,
        })
    }
}

impl Slice {
    fn context(&self, question: &Question<'_>) -> Option<Context> {
        self.contexts
            .get(&(question.is_confirmed(), question.has_purpose))
            .cloned()
    }
}

/// A person can be a principal and a target. As a target the entity type is `Account`, so that each type has one
/// record of attributes.
const fn resource_type(entity: &'static str) -> &'static str {
    match entity.as_bytes() {
        b"Person" => "Account",
        _ => entity,
    }
}

fn parse(file: &str, text: &str) -> Result<Vec<(String, Policy)>, PolicyError> {
    let wrong = |why: String| PolicyError::Source {
        file: file.to_owned(),
        why,
    };
    let set = PolicySet::from_str(text).map_err(|error| wrong(error.to_string()))?;
    set.policies()
        .map(|policy| {
            let id = policy
                .annotation("id")
                .ok_or_else(|| wrong("a policy has no @id".to_owned()))?
                .to_owned();
            Ok((id.clone(), policy.new_id(PolicyId::new(&id))))
        })
        .collect()
}

fn set(file: &str, policies: impl Iterator<Item = Policy>) -> Result<PolicySet, PolicyError> {
    PolicySet::from_policies(policies).map_err(|error| PolicyError::Source {
        file: file.to_owned(),
        why: error.to_string(),
    })
}

fn concerns(policy: &Policy, action: &EntityUid) -> bool {
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::In(actions) => actions.contains(action),
        ActionConstraint::Eq(only) => only == *action,
    }
}

/// Whether a policy may concern principals of this kind.
fn is_for(policy: &Policy, kind: &EntityTypeName) -> bool {
    match policy.principal_constraint() {
        PrincipalConstraint::Is(only) | PrincipalConstraint::IsIn(only, _) => only == *kind,
        PrincipalConstraint::Any | PrincipalConstraint::In(_) | PrincipalConstraint::Eq(_) => true,
    }
}

pub(crate) fn type_name(name: &str) -> Result<EntityTypeName, PolicyError> {
    EntityTypeName::from_str(name).map_err(|_| PolicyError::Name(name.to_owned()))
}

fn uid(entity: &str, id: &str) -> Result<EntityUid, PolicyError> {
    Ok(EntityUid::from_type_name_and_id(type_name(entity)?, EntityId::new(id)))
}

fn contexts(act: &'static str) -> Result<HashMap<(bool, bool), Context>, PolicyError> {
    let mut all = HashMap::new();
    for (step_up, purpose) in [(false, false), (false, true), (true, false), (true, true)] {
        let context = Context::from_pairs([
            ("act".to_owned(), text(act)),
            ("step_up".to_owned(), RestrictedExpression::new_bool(step_up)),
            ("purpose".to_owned(), RestrictedExpression::new_bool(purpose)),
        ]);
        all.insert(
            (step_up, purpose),
            context.map_err(|_| PolicyError::Name(act.to_owned()))?,
        );
    }
    Ok(all)
}

/// The Cedar schema, made from the registry. Committed as `policies/skillsyms.cedarschema`.
#[must_use]
pub fn schema_text(registry: &Registry) -> String {
    let mut out =
        String::from("// Generated from the registry of acts by `skillsyms codegen schema`. Do not edit.\n\n");
    let principals = Kind::ALL.map(Kind::as_str).join(", ");
    let _ = writeln!(
        out,
        "entity {principals} = {{\n  person: String, learner: String, roles: Set<String>, scopes: Set<String>,\n  \
         suspended: Bool, owes: String, assessor: Bool, moderator: Bool,\n}};\n"
    );
    let mut entities: Vec<&str> = registry.all().map(|info| resource_type(info.shape.entity())).collect();
    entities.push("Tenant");
    entities.sort_unstable();
    entities.dedup();
    let _ = writeln!(
        out,
        "entity {} = {{\n  list: Bool, scope: String, assigned: Set<String>, owner: String, person: String, assessor: String,\n}};\n",
        entities.join(", ")
    );
    for info in registry.all() {
        let _ = writeln!(
            out,
            "action \"{}\" appliesTo {{\n  principal: [{principals}], resource: [{}],\n  context: {{ act: String, step_up: Bool, purpose: Bool }},\n}};",
            info.name,
            resource_type(info.shape.entity())
        );
    }
    out
}
