//! A row is in a list if and only if the single read of that row would be allowed: for every list, every person, and
//! teams that are drawn at random.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use skillsyms_core::Role;
use skillsyms_door::{Realm, Shape};
use skillsyms_testkit::scene::{ids, new_assessment};
use skillsyms_testkit::{Somebody, Tenant, World, persons};
use skillsyms_web::routes::Routes;
use uuid::Uuid;

use crate::policy::REGISTRY;

/// Learners of a world, with an enrolment each.
const LEARNERS: usize = 7;

/// How the single read of a list's row is asked for: its path, with the id of the row or of what it hangs on.
#[derive(Clone, Copy)]
struct Single {
    list: &'static str,
    path: &'static str,
    /// The member of the row whose id stands in the path.
    by: &'static str,
}

/// Assessments, results and what waits for moderation are read in lists only: whoever may read the enrolment that
/// they hang on may read them, if the act is one of theirs at all.
const SINGLES: &[Single] = &[
    Single {
        list: "learner.list",
        path: "/api/v1/learners/{}",
        by: "id",
    },
    Single {
        list: "enrolment.list",
        path: "/api/v1/enrolments/{}",
        by: "id",
    },
    Single {
        list: "evidence.list",
        path: "/api/v1/evidence/{}/content",
        by: "id",
    },
    Single {
        list: "statement.list",
        path: "/api/v1/statements/{}",
        by: "id",
    },
    Single {
        list: "assessment.list",
        path: "/api/v1/enrolments/{}",
        by: "enrolment",
    },
    Single {
        list: "result.list",
        path: "/api/v1/enrolments/{}",
        by: "enrolment",
    },
    Single {
        list: "moderation.list",
        path: "/api/v1/enrolments/{}",
        by: "enrolment",
    },
    Single {
        list: "moderation.samples",
        path: "/api/v1/samples/{}",
        by: "id",
    },
    Single {
        list: "programme.list",
        path: "/api/v1/programmes/{}",
        by: "id",
    },
    Single {
        list: "person.list",
        path: "/api/v1/people/{}",
        by: "id",
    },
    Single {
        list: "import.list",
        path: "/api/v1/imports/{}",
        by: "id",
    },
];

/// Lists whose rows have no single read and hang on nothing: one's own sessions and learning, questions, and what
/// administrators have. And queues, which show less than may be read: what waits for the one who asks.
const NO_SINGLE: &[&str] = &[
    "session.list",
    "session.end_all",
    "api_key.list",
    "ledger.read",
    "ledger.checkpoint",
    "ledger.proof",
    "learner.lookup",
    "task.list",
    "task.groups",
    "learning.list",
    "learning.lookers",
    "learning.details",
    "access.queries",
];

#[test]
fn no_list_is_left_out() {
    for info in REGISTRY
        .all()
        .filter(|info| matches!(info.shape, Shape::List(_)) && !info.name.starts_with("control."))
        // Lists of operators show no records; `platform.rs` reads their rows.
        .filter(|info| info.realm != Realm::Platform)
    {
        let is_known = SINGLES.iter().any(|single| single.list == info.name) || NO_SINGLE.contains(&info.name);
        assert!(
            is_known,
            "{} is a list: say here how one of its rows is read",
            info.name
        );
    }
}

/// Everything in one tenant that lists show.
struct Stage<'w> {
    world: &'w World,
    tenant: &'w Tenant,
    people: Vec<Somebody>,
}

/// A place on a team: nobody, or one of three.
fn plan(seed: u8) -> Vec<[Option<usize>; 4]> {
    let place = || prop_oneof![Just(None), (0..3_usize).prop_map(Some)];
    let team = (place(), place(), place(), place()).prop_map(|(a, b, c, d)| [a, b, c, d]);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    proptest::collection::vec(team, LEARNERS)
        .new_tree(&mut runner)
        .unwrap()
        .current()
}

async fn stage<'w>(world: &'w World, plan: &[[Option<usize>; 4]]) -> Stage<'w> {
    let tenant = &world.alpha;
    let (one, other) = (world.other_team(tenant).await, world.other_team(tenant).await);
    // Somebody who works in two roles.
    let both = world.somebody(tenant, &[Role::Facilitator, Role::Assessor]).await;
    world.register(tenant, &both, "assessor").await;
    let pools = [
        [&one.facilitator, &other.facilitator, &both],
        [&one.assessor, &other.assessor, &both],
        [&one.moderator, &other.moderator, tenant.moderator()],
        [&one.verifier, &other.verifier, tenant.verifier()],
    ];
    for (at, team) in plan.iter().enumerate() {
        let learner = if at == 0 {
            tenant.learner
        } else {
            world.learner(tenant).await
        };
        let pick = |place: usize| team[place].map(|n| pools[place][n]);
        let named = json!({
            "facilitator": pick(0).map(|who| who.id), "assessor": pick(1).map(|who| who.id),
            "moderator": pick(2).map(|who| who.id), "verifier": pick(3).map(|who| who.id),
        });
        let programme = world.programme(tenant).await;
        let enrolment = world.enrol(tenant, learner, &programme, named).await;
        world.upload(tenant.admin(), enrolment, programme.modules[0]).await.ok();
        let Some(assessor) = pick(1) else { continue };
        let assessed = world
            .assess(assessor, enrolment, new_assessment(programme.modules[0], "competent"))
            .await
            .id();
        let Some(moderator) = pick(2) else { continue };
        world.draw_sample(moderator, programme.id).await.ok();
        world
            .decide(moderator, assessed, json!({ "decision": "upheld" }))
            .await
            .ok();
        let path = format!("/api/v1/enrolments/{enrolment}/statements");
        world
            .post(path)
            .by(tenant.admin())
            .because("graduation")
            .send()
            .await
            .ok();
    }
    let people: Vec<Somebody> = pools
        .into_iter()
        .flatten()
        .chain(tenant.people().map(|(_, who)| who))
        .cloned()
        .collect();
    Stage { world, tenant, people }
}

impl Stage<'_> {
    /// All rows of a list, page by page; none if the list is refused.
    async fn rows(&self, path: &str, who: &Somebody) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.world.get(format!("{path}?limit=3{cursor}")).by(who).send().await;
            if page.status == 403 {
                return Vec::new();
            }
            rows.extend(page.ok()["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page.json["next"].as_str() else {
                return rows;
            };
            cursor = format!("&cursor={next}");
        }
    }

    /// Whether the list is refused to somebody as a whole.
    async fn is_refused(&self, path: &str, who: &Somebody) -> bool {
        self.world.get(path).by(who).send().await.status == 403
    }

    async fn check(&self, single: Single) {
        let routes = Routes::all();
        let list = routes
            .api()
            .find(|route| route.method == "GET" && route.acts.first() == Some(&single.list));
        let list = list.unwrap_or_else(|| panic!("{} has no route", single.list)).path;
        let all = self.rows(list, self.tenant.admin()).await;
        assert!(
            single.list == "import.list" || !all.is_empty(),
            "{} shows an administrator nothing",
            single.list
        );
        for who in &self.people {
            let seen = self.rows(list, who).await;
            let seen: BTreeSet<String> = seen.iter().map(Value::to_string).collect();
            // A slice that is not theirs at all is refused as a list; what its rows hang on may still be theirs.
            if single.by != "id" && self.is_refused(list, who).await {
                assert!(seen.is_empty());
                continue;
            }
            let mut allowed = BTreeSet::new();
            for row in &all {
                let id: Uuid = row[single.by].as_str().unwrap().parse().unwrap();
                let path = single.path.replace("{}", &id.to_string());
                let read = self.world.get(path).by(who).because("a test").send().await;
                assert!([200, 403, 404].contains(&read.status), "{read:?}");
                if read.status == 200 {
                    allowed.insert(row.to_string());
                }
            }
            assert_list(single.list, who, &seen, &allowed);
        }
    }
}

#[track_caller]
fn assert_list(list: &str, who: &Somebody, seen: &BTreeSet<String>, allowed: &BTreeSet<String>) {
    // Everybody reads their own account, and only administrators list accounts.
    if list == "person.list" && seen.is_empty() {
        assert!(
            allowed.len() == 1 && allowed.iter().all(|row| row.contains(&who.id.to_string())),
            "{allowed:?}"
        );
        return;
    }
    assert_eq!(seen, allowed, "{list} for {}", who.email);
}

async fn check_all(seed: u8) {
    let world = World::new().await;
    let mut plan = plan(seed);
    // One goes all the way, so that no list is empty.
    plan[0] = [Some(0); 4];
    let stage = stage(&world, &plan).await;
    for single in SINGLES {
        stage.check(*single).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_single_reads_agree() {
    check_all(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_single_reads_agree_with_other_teams() {
    check_all(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_list_hold_each_row_once() {
    let world = World::new().await;
    let admin = world.alpha.admin();
    let mut registered = BTreeSet::from([world.alpha.learner]);
    for _ in 0..8 {
        registered.insert(world.learner(&world.alpha).await);
    }
    for limit in [1, 2, 3, 9, 100] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = world
                .get(format!("/api/v1/learners?limit={limit}{cursor}"))
                .by(admin)
                .send()
                .await;
            assert!(ids(&page).len() <= limit, "{page:?}");
            seen.extend(ids(&page));
            let Some(next) = page.json["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(
            (seen.len(), seen.into_iter().collect::<BTreeSet<_>>()),
            (9, registered.clone())
        );
    }
}

/// A list that is narrowed shows those of its rows that fit, and not one more.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_list_is_narrowed_to_it_showed_before() {
    let world = World::new().await;
    let mut plan = plan(3);
    plan[0] = [Some(0); 4];
    let stage = stage(&world, &plan).await;
    let enrolments = stage.rows("/api/v1/enrolments", world.alpha.admin()).await;
    for list in [
        "evidence",
        "assessments",
        "results",
        "moderation",
        "statements",
        "enrolments",
    ] {
        let path = format!("/api/v1/{list}");
        for who in &stage.people {
            let all = stage.rows(&path, who).await;
            if stage.is_refused(&path, who).await {
                continue;
            }
            for of in &enrolments {
                let (enrolment, learner) = (of["id"].as_str().unwrap(), of["learner"].as_str().unwrap());
                let mut narrowed = vec![(format!("learner={learner}"), "learner", learner)];
                if list != "enrolments" {
                    narrowed.push((format!("enrolment={enrolment}"), "enrolment", enrolment));
                }
                for (query, by, id) in narrowed {
                    let page = world.get(format!("{path}?limit=100&{query}")).by(who).send().await;
                    let expected: Vec<&Value> = all.iter().filter(|row| row[by] == id).collect();
                    let got: Vec<&Value> = page.ok()["items"].as_array().unwrap().iter().collect();
                    assert_eq!(got, expected, "{list} of {query} for {}", who.email);
                }
            }
        }
    }
}

/// Lists that go both ways, and the word that turns each round. Pages lead through learners in a test of their own, and
/// providers are sorted as a whole.
const TURNED: [(&str, &str); 10] = [
    ("/api/v1/access-queries", "oldest"),
    ("/api/v1/api-keys", "newest"),
    ("/api/v1/imports", "oldest"),
    ("/api/v1/people", "-name"),
    ("/api/v1/platform/operators", "-name"),
    ("/api/v1/programmes", "newest"),
    ("/api/v1/samples", "oldest"),
    ("/api/v1/samples/{id}/chosen", "newest"),
    ("/api/v1/tasks", "newest"),
    ("/api/v1/tasks/groups", "newest"),
];
/// The log grows by every look at it: what it holds is turned round in tests of its own slice.
const SORTED_ELSEWHERE: [&str; 5] = [
    "/api/v1/learners",
    "/api/v1/learners/{id}/accesses",
    "/api/v1/learning/lookers",
    "/api/v1/ledger/entries",
    "/api/v1/platform/tenants",
];

/// Two rows at least for each of those lists; answers the sample and the programme of the first learner.
async fn twice(world: &World) -> Uuid {
    let tenant = &world.alpha;
    let mut last = None;
    for n in 0..3 {
        let team = world.other_team(tenant).await;
        let learner = world.learner(tenant).await;
        last = Some(world.finish(tenant, learner, &team).await.sample);
        let programme = world.programme(tenant).await;
        let open = world.enrol(tenant, learner, &programme, team.json()).await;
        world.upload(tenant.admin(), open, programme.modules[0]).await.ok();
        world.question(tenant, "Who is this?").await;
        world.key(tenant, &["learner.read"]).await;
        world.operator().await;
        let csv = persons::csv(&[persons::learner(world.draw())]);
        let import = world.post("/api/v1/imports").by(tenant.admin()).bytes("text/csv", csv);
        assert_eq!(import.send().await.status / 100, 2, "{n}");
    }
    last.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_turned_round_holds_the_same_rows_backwards() {
    let world = World::new().await;
    let sample = twice(&world).await;
    let operator = world.operator().await;
    for (list, turned) in TURNED {
        let path = list.replace("{id}", &sample.to_string());
        let who = if list.contains("platform") {
            &operator
        } else {
            world.alpha.admin()
        };
        let rows = async |sort: &str| {
            let (mut rows, mut cursor) = (Vec::new(), String::new());
            loop {
                let asked = format!("{path}?limit=1{sort}{cursor}");
                let page = world.get(asked).by(who).because("a test").send().await;
                rows.extend(page.ok()["items"].as_array().unwrap().iter().map(Value::to_string));
                let Some(next) = page.json["next"].as_str() else {
                    break rows;
                };
                cursor = format!("&cursor={next}");
            }
        };
        let usual = rows("").await;
        let mut backwards = rows(&format!("&sort={turned}")).await;
        backwards.reverse();
        assert!(usual.len() > 1, "{list}: {usual:?}");
        assert_eq!(usual, backwards, "{list}");
    }
    let described = world.get("/api/v1/openapi.json").send().await.json;
    for (path, methods) in described["paths"].as_object().unwrap() {
        let sorts = methods["get"]["parameters"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["name"] == "sort"));
        let is_known = TURNED.iter().any(|(list, _)| list == path) || SORTED_ELSEWHERE.contains(&path.as_str());
        assert_eq!(sorts, is_known, "{path}");
    }
}
