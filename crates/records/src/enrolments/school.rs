//! A school for tests: a house with a programme of two modules, a team, and learners.

use diesel::prelude::*;
use skillsyms_cells::schema::{people, registrations};
use skillsyms_cells::{Read, Tx};
use skillsyms_core::sa_id::Citizenship;
use skillsyms_core::{
    AssessmentId, AssessmentKind, Decision, EnrolmentId, Instant, LearnerId, ModuleId, Outcome, PersonId, Problem,
    ProgrammeId, Role, SaId,
};
use skillsyms_door::{Act, Actor, Cx, Disclosure, Fault, Note, Principal, Target};
use skillsyms_people::PageAsk;

use super::{CreateEnrolment, NewEnrolment, Team};
use crate::assessments::{NewAssessment, RecordAssessment, Recorded};
use crate::evidence::{AttachEvidence, BeginUpload, FileStore};
use crate::learners::house::{House, NOW, thandi};
use crate::moderation::{Decide, DrawSample, Drawn};
use crate::programmes::{CreateProgramme, ReadProgramme, sample};
use crate::results::{ListResults, LockedResult};

/// Seconds of a year.
const YEAR: i64 = 365 * 24 * 60 * 60;

/// Somebody on the team.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) id: PersonId,
    pub(crate) actor: Actor,
}

/// A learner who is enrolled.
#[derive(Clone)]
pub(crate) struct Pupil {
    pub(crate) learner: LearnerId,
    pub(crate) enrolment: EnrolmentId,
    pub(crate) actor: Actor,
}

pub(crate) struct School {
    pub(crate) house: House,
    pub(crate) admin: Actor,
    pub(crate) programme: ProgrammeId,
    pub(crate) modules: Vec<ModuleId>,
    pub(crate) facilitator: Member,
    pub(crate) assessor: Member,
    pub(crate) moderator: Member,
    pub(crate) verifier: Member,
    pub(crate) pupils: Vec<Pupil>,
    pub(crate) files: FileStore,
}

impl School {
    /// A school with so many learners, enrolled since February 2026 with the whole team.
    pub(crate) async fn with(pupils: u16) -> Self {
        let house = House::new().await;
        let admin = house.admin();
        let mut new = sample::retail_supervisor().unwrap();
        new.modules.truncate(2);
        new.credits = skillsyms_core::Credits::new(14).unwrap();
        let programme = house.run(admin, CreateProgramme { new }).await.unwrap();
        let read = house.view(admin, ReadProgramme { id: programme }).await.unwrap();
        let files = FileStore::open(house.folder.path()).unwrap();
        let facilitator = member(&house, &[Role::Facilitator]).await;
        let assessor = member(&house, &[Role::Assessor]).await;
        let moderator = member(&house, &[Role::Moderator]).await;
        let verifier = member(&house, &[Role::Verifier]).await;
        let modules = read.modules.iter().map(|module| module.id).collect();
        let pupils_wanted = pupils;
        let mut school = Self {
            house,
            admin,
            programme,
            modules,
            facilitator,
            assessor,
            moderator,
            verifier,
            files,
            pupils: Vec::new(),
        };
        for n in 0..pupils_wanted {
            let learner = school.register(n).await;
            let new = school.new_enrolment(school.team());
            let enrolment = school
                .house
                .run(admin, CreateEnrolment { learner, new })
                .await
                .unwrap()
                .0;
            let actor = school.house.learner_session(learner);
            school.pupils.push(Pupil {
                learner,
                enrolment,
                actor,
            });
        }
        school
    }

    pub(crate) fn team(&self) -> Team {
        Team {
            facilitator: Some(self.facilitator.id),
            assessor: Some(self.assessor.id),
            moderator: Some(self.moderator.id),
            verifier: Some(self.verifier.id),
        }
    }

    pub(crate) fn new_enrolment(&self, team: Team) -> NewEnrolment {
        let enrolled_on = "2026-02-01".to_owned();
        NewEnrolment {
            programme: self.programme,
            enrolled_on,
            expected_on: Some("2027-01-31".to_owned()),
            team,
        }
    }

    pub(crate) async fn register(&self, n: u16) -> LearnerId {
        let number = SaId::compose(jiff::civil::date(1990, 1, 1), 1_000 + n, Citizenship::Citizen).unwrap();
        let mut new = thandi(number.expose());
        new.email = None;
        self.house.register(new).await.id
    }

    /// Somebody else with these roles and with both registrations, on nobody's team.
    pub(crate) async fn stranger(&self, roles: &[Role]) -> Member {
        member(&self.house, roles).await
    }

    pub(crate) async fn assess(&self, pupil: usize, module: usize, outcome: Outcome) -> Result<Recorded, Problem> {
        self.assess_as(self.assessor.actor, pupil, self.assessment(module, outcome))
            .await
    }

    pub(crate) async fn assess_as(&self, by: Actor, pupil: usize, new: NewAssessment) -> Result<Recorded, Problem> {
        self.house
            .run(
                by,
                RecordAssessment {
                    enrolment: self.pupils[pupil].enrolment,
                    new,
                },
            )
            .await
    }

    pub(crate) fn assessment(&self, module: usize, outcome: Outcome) -> NewAssessment {
        NewAssessment {
            module: self.modules[module],
            kind: AssessmentKind::Summative,
            outcome,
            assessed_on: "2026-06-01".to_owned(),
            feedback: Some("Bring the logbook of week 3.".to_owned()),
            criteria_met: Vec::new(),
            seen: None,
        }
    }

    /// The facilitator brings a file.
    pub(crate) async fn hand_in(&self, pupil: usize, module: usize) {
        let begin = BeginUpload {
            enrolment: self.pupils[pupil].enrolment,
            module: self.modules[module],
        };
        let by = self.facilitator.actor;
        let (upload, _) = self.house.run(by, begin).await.unwrap();
        let receiving = self.files.receive(upload).unwrap();
        let stored = receiving
            .take(b"%PDF-1.7\n%%EOF\n".to_vec())
            .await
            .unwrap()
            .close()
            .await
            .unwrap();
        let name = "log.pdf".to_owned();
        self.house.run(by, AttachEvidence { stored, name }).await.unwrap();
    }

    pub(crate) async fn draw(&self) -> Result<Drawn, Problem> {
        self.house
            .run(
                self.moderator.actor,
                DrawSample {
                    programme: self.programme,
                },
            )
            .await
    }

    pub(crate) async fn decide(&self, by: Actor, assessment: AssessmentId, decision: Decision) -> Result<(), Problem> {
        let reason = Some("The evidence is not signed.".to_owned());
        self.house
            .run(
                by,
                Decide {
                    assessment,
                    decision,
                    reason,
                },
            )
            .await
            .map(|_| ())
    }

    pub(crate) async fn results(&self, by: Actor) -> Vec<LockedResult> {
        self.house
            .view(
                by,
                ListResults {
                    page: PageAsk::default(),
                    ..ListResults::default()
                },
            )
            .await
            .unwrap()
            .items
    }

    /// Competent in every module, drawn and upheld: the way to a complete enrolment.
    pub(crate) async fn complete(&self, pupil: usize) {
        let mut recorded = Vec::new();
        for module in 0..self.modules.len() {
            recorded.push(self.assess(pupil, module, Outcome::Competent).await.unwrap().assessment);
        }
        self.draw().await.unwrap();
        for assessment in recorded {
            self.decide(self.moderator.actor, assessment, Decision::Upheld)
                .await
                .unwrap();
        }
    }
}

async fn member(house: &House, roles: &[Role]) -> Member {
    let (id, _) = house.person(roles);
    let words: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    house
        .run(
            house.admin(),
            PlantMember {
                id,
                roles: words.join(","),
            },
        )
        .await
        .unwrap();
    let until = Some(NOW.plus_seconds(YEAR));
    let principal = Principal {
        assessor_until: until,
        moderator_until: until,
        ..Principal::person(id, roles.to_vec())
    };
    Member {
        id,
        actor: house.session(principal),
    }
}

/// Puts somebody with registrations, by the name of an act that administrators have.
struct PlantMember {
    id: PersonId,
    roles: String,
}

impl Act for PlantMember {
    const NAME: &'static str = "programme.create";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = ();

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.execute(diesel::insert_into(people::table).values((
            people::id.eq(self.id),
            people::email_index.eq(self.id),
            people::email.eq(vec![0]),
            people::name.eq("Somebody"),
            people::fold.eq("somebody"),
            people::state.eq("active"),
            people::roles.eq(self.roles.clone()),
            people::version.eq(1_i64),
            people::created_at.eq(cx.now()),
            people::changed_at.eq(cx.now()),
        )))?;
        for kind in ["assessor", "moderator"] {
            tx.execute(diesel::insert_into(registrations::table).values((
                registrations::id.eq(cx.fresh().as_bytes().to_vec()),
                registrations::person.eq(self.id),
                registrations::kind.eq(kind),
                registrations::number.eq("A-1"),
                registrations::body.eq("SETA"),
                registrations::valid_from.eq(Instant::parse("2026-03-01T00:00:00+02:00").unwrap()),
                registrations::valid_until.eq(cx.now().plus_seconds(YEAR)),
                registrations::created_at.eq(cx.now()),
            )))?;
        }
        Ok(())
    }

    fn entry(&self, (): &()) -> Note {
        Note::none()
    }
}
