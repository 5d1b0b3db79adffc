//! No list reads a whole table: whatever is looked for, by whomever, an index leads. What the engine would do is asked of the
//! engine, for each statement that the lists of the API send while they are asked for everything that they can be asked for.
//! Nor does one walk through a table from its cursor on for the few rows that fit a filter.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use serde_json::json;
use skillsyms_cells::CellKind;
use skillsyms_cells::testing::{Bare, engine, is_postgres, new_spec};
use skillsyms_testkit::scene::Team;
use skillsyms_testkit::{Somebody, World};

/// Tables with a row for each learner, or more.
const BIG: [&str; 15] = [
    "learners",
    "people",
    "enrolments",
    "evidence",
    "assessments",
    "tasks",
    "results",
    "statements",
    "access_queries",
    "sample_items",
    "moderations",
    "import_failures",
    "ledger_entries",
    "ledger_subjects",
    "ledger_nodes",
];
/// What lists filter by though no index leads to it, and why that is no wait.
const MANY_FIT: [&str; 5] = [
    // The key itself, which the engine has under another name.
    "ledger_entries.leaf",
    // The second part of a cursor: all of those with the first part are read anyhow.
    "learners.id",
    "people.id",
    // Of those with an account most are learners.
    "people.roles",
    // Of what is drawn from, a tenth is chosen at least.
    "sample_items.chosen",
];
/// Page cache of the database whose plans are asked for: it has no rows.
const CACHE_KIB: u32 = 1_024;

/// What was sent since the test began.
static SENT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

struct Hearing;

impl Instrumentation for Hearing {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let sql = text.split(" -- binds:").next().unwrap_or_default().trim().to_owned();
            if sql.starts_with("SELECT") {
                SENT.lock().unwrap_or_else(PoisonError::into_inner).insert(sql);
            }
        }
    }
}

/// What lists can be asked for without naming a thing.
const PLAIN: &[&str] = &[
    "learners",
    "learners?q=d",
    "learners?sort=newest",
    "learners?sort=newest&side=before",
    "enrolments",
    "evidence",
    "assessments",
    "moderation",
    "moderation?waiting=open",
    "results",
    "statements",
    "samples",
    "samples?sort=oldest",
    "samples?from=2026-01-01&until=2026-12-31",
    "samples?from=2026-01-01&sort=oldest",
    "imports",
    "imports?state=finished",
    "imports?sort=oldest",
    "imports?state=finished&sort=oldest",
    "programmes",
    "programmes?q=retail",
    "programmes?sort=newest",
    "people",
    "people?state=active",
    "people?role=assessor",
    "people?role=learner",
    "people?role=learner&state=suspended",
    "people?sort=-name",
    "people?state=active&sort=-name",
    "people?role=assessor&sort=-name",
    "people?role=learner&sort=-name",
    "people?role=learner&state=suspended&sort=-name",
    "staff",
    "api-keys",
    "api-keys?sort=newest",
    "api-keys?q=a",
    "tasks",
    "tasks?kind=assess",
    "tasks?kind=assess&age=overdue",
    "tasks?age=overdue",
    "tasks?sort=newest",
    "tasks?kind=assess&sort=newest",
    "tasks?kind=assess&age=overdue&sort=newest",
    "tasks/groups",
    "tasks/groups?place=verifier",
    "tasks/groups?status=enrolled",
    "tasks/groups?status=enrolled&place=verifier",
    "tasks/groups?sort=newest",
    "tasks/groups?status=enrolled&sort=newest",
    "tasks/groups?place=verifier&sort=newest",
    "access-queries",
    "access-queries?state=open",
    "access-queries?sort=oldest",
    "access-queries?state=open&sort=oldest",
    "ledger/entries",
    "ledger/entries?outcome=refused",
    "ledger/entries?act=learner.read",
    "ledger/entries?from=2026-01-01&until=2026-12-31",
    "ledger/entries?sort=oldest",
    "ledger/entries?outcome=refused&sort=oldest",
    "learning",
    "learning/lookers",
    "learning/lookers?sort=oldest",
    "learning/lookers?from=2026-01-01&until=2026-12-31",
];

/// Everything that lists can be asked for.
fn asks([learner, enrolment, programme, person, sample]: [&str; 5]) -> Vec<String> {
    let mut asks: Vec<String> = PLAIN.iter().map(|ask| (*ask).to_owned()).collect();
    for list in [
        "enrolments",
        "evidence",
        "assessments",
        "moderation",
        "results",
        "statements",
    ] {
        asks.push(format!("{list}?learner={learner}"));
    }
    for list in ["evidence", "assessments", "moderation", "results", "statements"] {
        asks.push(format!("{list}?enrolment={enrolment}"));
    }
    for list in [
        "samples",
        "samples?sort=oldest",
        "tasks",
        "tasks?sort=newest",
        "tasks/groups",
        "tasks/groups?sort=newest",
        "tasks/groups?place=verifier",
    ] {
        let glue = if list.contains('?') { '&' } else { '?' };
        asks.push(format!("{list}{glue}programme={programme}"));
    }
    for order in ["", "?sort=newest"] {
        asks.push(format!("samples/{sample}/chosen{order}"));
    }
    for order in ["", "&sort=oldest"] {
        asks.push(format!("ledger/entries?learner={learner}{order}"));
        asks.push(format!("ledger/entries?actor={person}{order}"));
    }
    for ask in ["", "?sort=oldest", "?from=2026-01-01"] {
        asks.push(format!("learners/{learner}/accesses{ask}"));
    }
    asks.push(format!("enrolments/{enrolment}/work"));
    asks
}

async fn ask_all(world: &World, who: &Somebody, asks: &[String]) -> usize {
    let mut answered = 0;
    for ask in asks {
        let reply = world.get(format!("/api/v1/{ask}")).by(who).send().await;
        assert!([200, 403, 404].contains(&reply.status), "{ask}: {reply:?}");
        answered += usize::from(reply.status == 200);
    }
    for (path, search) in [
        ("people/search", json!({ "search": "dla" })),
        ("people/search", json!({ "search": "a@b.example", "state": "active" })),
        ("tasks/search", json!({ "search": "dla", "kind": "assess" })),
        ("access-queries/search", json!({ "search": "who" })),
        (
            "access-queries/search",
            json!({ "search": "who", "state": "open", "sort": "oldest" }),
        ),
        ("imports/search", json!({ "search": "a" })),
        (
            "imports/search",
            json!({ "search": "a", "state": "finished", "sort": "oldest" }),
        ),
        ("tasks/groups/search", json!({ "search": "dla", "status": "enrolled" })),
    ] {
        let reply = world.post(format!("/api/v1/{path}")).by(who).json(search).send().await;
        assert!([200, 403].contains(&reply.status), "{path}: {reply:?}");
        answered += usize::from(reply.status == 200);
    }
    answered
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_reads_a_whole_table() {
    set_default_instrumentation(|| Some(Box::new(Hearing))).unwrap();
    let world = World::new().await;
    let tenant = &world.alpha;
    let done = world.finish(tenant, tenant.learner, &Team::of(tenant)).await;
    let question = world.question(tenant, "Who is this?").await;
    let answer = json!({ "answer": "Your assessor." });
    let answer = world
        .post(format!("/api/v1/access-queries/{question}/answer"))
        .json(answer);
    assert_eq!(answer.by(tenant.admin()).send().await.status, 204);
    let ids = [
        tenant.learner,
        done.enrolment,
        done.programme.id,
        tenant.admin().id,
        done.sample,
    ];
    let ids = ids.map(|id| id.to_string());
    let asks = asks(ids.each_ref().map(String::as_str));
    SENT.lock().unwrap().clear();
    for (role, who) in tenant.people() {
        let answered = ask_all(&world, who, &asks).await;
        assert!(answered > 2, "{role:?} was shown {answered} lists");
    }
    let sent = std::mem::take(&mut *SENT.lock().unwrap());
    assert!(sent.len() > 40, "{} statements were heard", sent.len());

    let folder = tempfile::tempdir().unwrap();
    let mut bare = Bare::create(&engine(folder.path()), &new_spec(CellKind::Tenant), CACHE_KIB).unwrap();
    the_look_finds_what_it_looks_for(&mut bare);
    let mut slow = Vec::new();
    let asked: BTreeSet<String> = sent
        .iter()
        .filter(|sql| !sql.contains(NOTHING))
        .map(|sql| without_lists(sql))
        .collect();
    for sql in &sent {
        if sql.contains(NOTHING) {
            // Of nothing the engine reads nothing, whatever it plans: its plan is looked at where something was asked for.
            if !asked.contains(&without_lists(sql)) {
                slow.push(format!("asked of nothing only: {sql}"));
            }
            continue;
        }
        let scans = bare.scans(sql).unwrap();
        if scans.iter().any(|table| is_big(table)) {
            slow.push(format!("{scans:?}: {sql}"));
        }
        let mut filters = bare.filters(sql).unwrap();
        filters.retain(|filter| is_big(filter.split('.').next().unwrap()) && !MANY_FIT.contains(&filter.as_str()));
        if !filters.is_empty() {
            slow.push(format!("filtered by {filters:?}: {sql}"));
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n\n"));
}

fn is_big(table: &str) -> bool {
    BIG.contains(&table)
}

/// As Diesel writes that a column is one of none.
const NOTHING: &str = "(1=0)";

/// The statement with each list of values as if it were empty.
fn without_lists(sql: &str) -> String {
    let (mut short, mut rest) = (String::new(), sql);
    while let Some(at) = rest.find(" IN (?") {
        let begin = rest[..at].rfind('(').unwrap();
        let end = at + rest[at..].find("))").unwrap() + 2;
        short += &rest[..begin];
        short += NOTHING;
        rest = &rest[end..];
    }
    short + rest
}

fn the_look_finds_what_it_looks_for(bare: &mut Bare) {
    assert_eq!(
        bare.scans("SELECT count(*) FROM learners WHERE state = 'x'").unwrap(),
        ["learners"]
    );
    let first = |column: &str| format!("SELECT * FROM tasks ORDER BY {column} LIMIT 9");
    assert_eq!(bare.scans(&first("created_at")).unwrap(), ["tasks"]);
    assert!(bare.scans(&first("id")).unwrap().is_empty());
    let list = |condition: &str| {
        format!("SELECT * FROM `tasks` WHERE (`tasks`.`id` > '') AND {condition} ORDER BY `tasks`.`id` LIMIT 9")
    };
    let early = list("(`tasks`.`created_at` < 9)");
    let expected: &[&str] = if is_postgres() { &[] } else { &["tasks.created_at"] };
    assert_eq!(bare.filters(&early).unwrap(), expected);
    let all = list("(`tasks`.`id` < '')");
    let mine = list("(`tasks`.`person` = '')");
    assert_eq!(
        [bare.filters(&all).unwrap(), bare.filters(&mine).unwrap()],
        [[""; 0]; 2]
    );
    assert_eq!(
        without_lists("WHERE ((`a`.`b` > ?) AND (`a`.`c` IN (?, ?))) ORDER BY 1"),
        "WHERE ((`a`.`b` > ?) AND (1=0)) ORDER BY 1"
    );
}
