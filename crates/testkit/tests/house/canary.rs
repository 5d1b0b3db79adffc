//! Known strings go through the API into every sealed column, and into names; then everything that the house leaves
//! behind is searched: the data folder, the rows on PostgreSQL, answers to errors, the log, the metrics.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Binary, Nullable, Text};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::{Value, json};
use skillsyms_cells::testing::is_postgres;
use skillsyms_core::SaId;
use skillsyms_testkit::persons::{self, id_number_in};
use skillsyms_testkit::scene::{PDF, Programme, Team, ids, new_assessment};
use skillsyms_testkit::{Reply, World};
use uuid::Uuid;

/// Goes into sealed columns.
const SEALED: &str = "zqcanaryqz";
/// Goes into names, which PostgreSQL shows to whoever has its disk.
const NAMED: &str = "zqlabelqz";
/// A telephone number that stands in a sealed column.
const PHONE: &str = "0831239876";
/// Whoever is registered has this number.
static NUMBER: LazyLock<String> = LazyLock::new(|| persons::id_number(4_321));

/// All that is logged in this process, by every test.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The log and the metrics of this process, from the first call on.
fn watched() -> (&'static Log, &'static PrometheusHandle) {
    static WATCHED: OnceLock<(Log, PrometheusHandle)> = OnceLock::new();
    let (log, metrics) = WATCHED.get_or_init(|| {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter("debug,skillsyms=trace")
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("nothing else takes the log");
        (
            log,
            PrometheusBuilder::new()
                .install_recorder()
                .expect("nothing else takes the metrics"),
        )
    });
    (log, metrics)
}

/// What must not stand in clear, in the forms in which it could: as it is, whatever the case, in hex and in base64.
fn found_in(bytes: &[u8], canary: &str) -> Option<&'static str> {
    use base64::Engine as _;
    let lower = bytes.to_ascii_lowercase();
    let has = |haystack: &[u8], needle: &[u8]| haystack.windows(needle.len()).any(|window| window == needle);
    if has(&lower, canary.as_bytes()) {
        return Some("as it is");
    }
    let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
    if has(&lower, hex.as_bytes()) {
        return Some("in hex");
    }
    // Three bytes are four letters, so there are three ways to fall; the ends depend on the neighbours.
    for skipped in 0..3 {
        let padded = [vec![0; skipped], canary.as_bytes().to_vec()].concat();
        let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(padded);
        if has(bytes, text.get(4..text.len() - 2).unwrap().as_bytes()) {
            return Some("in base64");
        }
    }
    None
}

#[track_caller]
fn assert_clean(place: &str, bytes: &[u8], canaries: &[&str]) {
    for canary in canaries.iter().copied().chain([PHONE, NUMBER.as_str()]) {
        if let Some(form) = found_in(bytes, canary) {
            panic!("{canary} stands in {place}, {form}");
        }
    }
    if let Some(number) = id_number_in(bytes) {
        panic!("the ID number {number} stands in {place}");
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            all.extend(files(&entry.path()));
        } else if entry.file_type().unwrap().is_file() {
            all.push(entry.path());
        }
    }
    all
}

/// Every file of the data folder, names included, holds none of it.
fn search_files(world: &World) -> usize {
    let all = files(world.data());
    for file in &all {
        assert_clean("a file's name", file.to_string_lossy().as_bytes(), &[SEALED, NAMED]);
        assert_clean(
            &file.display().to_string(),
            &std::fs::read(file).unwrap(),
            &[SEALED, NAMED],
        );
    }
    all.len()
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

#[derive(QueryableByName)]
struct Bytes {
    #[diesel(sql_type = Nullable<Binary>)]
    v: Option<Vec<u8>>,
}

#[derive(QueryableByName)]
struct Words {
    #[diesel(sql_type = Nullable<Text>)]
    v: Option<String>,
}

/// Every value of every column of a cell, as the engine gives them to the cell's own role.
async fn dump(world: &World) -> BTreeMap<(String, String), Vec<Vec<u8>>> {
    let columns = if is_postgres() {
        "SELECT table_name::text AS \"table\", column_name::text AS name, data_type::text AS kind \
         FROM information_schema.columns WHERE table_schema = current_schema()"
    } else {
        "SELECT m.name AS \"table\", p.name AS name, p.type AS kind FROM sqlite_master m, pragma_table_info(m.name) p \
         WHERE m.type = 'table'"
    };
    let dumped = world.dig(world.alpha.cell, move |tx| {
        let mut all = BTreeMap::new();
        for Column { table, name, kind } in tx.load_any::<Column, _>(sql_query(columns))? {
            let values = if kind.eq_ignore_ascii_case("bytea") || kind.eq_ignore_ascii_case("blob") {
                let rows: Vec<Bytes> = tx.load_any(sql_query(format!("SELECT \"{name}\" AS v FROM \"{table}\"")))?;
                rows.into_iter().filter_map(|row| row.v).collect()
            } else {
                let rows: Vec<Words> = tx.load_any(sql_query(format!(
                    "SELECT CAST(\"{name}\" AS TEXT) AS v FROM \"{table}\""
                )))?;
                rows.into_iter()
                    .filter_map(|row| row.v.map(String::into_bytes))
                    .collect()
            };
            all.insert((table, name), values);
        }
        Ok(all)
    });
    dumped.await
}

/// The columns of tenants' cells that the inventory calls sealed.
fn sealed_columns() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/data-inventory.toml");
    let inventory: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let of_tenants = inventory.iter().filter(|(table, _)| *table != "tenants");
    let columns = of_tenants.flat_map(|(table, columns)| {
        let columns = columns.as_table().unwrap().iter();
        columns
            .filter(|(_, row)| row["class"].as_str() == Some("sealed"))
            .map(move |(name, _)| (table.clone(), name.clone()))
    });
    columns.collect()
}

/// A learner all of whose fields are known strings.
fn learner() -> Value {
    let mut learner = persons::learner(4_321);
    learner["first_name"] = json!(NAMED);
    learner["last_name"] = json!(NAMED);
    learner["email"] = json!(format!("{SEALED}@example.org"));
    learner["cell"] = json!(PHONE);
    learner["home_address_1"] = json!(format!("12 {SEALED} Road"));
    learner
}

/// Puts the canaries into every sealed column, through the API.
async fn fill(world: &World) -> Uuid {
    let (tenant, admin, team) = (&world.alpha, world.alpha.admin(), Team::of(&world.alpha));
    let registered = world
        .post("/api/v1/learners")
        .by(admin)
        .json(learner())
        .send()
        .await
        .id();
    let invite = json!({ "email": format!("{SEALED}@alpha.example"), "name": NAMED, "roles": ["facilitator"] });
    world.post("/api/v1/people").by(admin).json(invite).send().await.ok();
    // The secret of an authenticator is drawn: that it is sealed, the column's type says.
    world.step_up(tenant.facilitator()).await;
    let factor = world.post("/api/v1/factors").by(tenant.facilitator());
    factor.json(json!({ "name": "A phone" })).send().await.ok();

    let mut bad = learner();
    bad["last_name"] = json!("");
    bad["home_address_2"] = json!(SEALED);
    let import = world
        .post("/api/v1/imports")
        .by(admin)
        .header("skillsyms-file-name", &format!("{SEALED}.csv"));
    import
        .bytes("text/csv", persons::csv(&[bad, learner()]))
        .send()
        .await
        .ok();

    let programme = world.programme(tenant).await;
    let enrolment = world.enrol(tenant, registered, &programme, team.json()).await;
    for (version, way) in [(1, "suspend"), (2, "resume")] {
        let change = world.post(format!("/api/v1/enrolments/{enrolment}/{way}")).by(admin);
        change
            .if_match(version)
            .json(json!({ "reason": SEALED }))
            .send()
            .await
            .ok();
    }
    let upload = format!(
        "/api/v1/enrolments/{enrolment}/evidence?module={}",
        programme.modules[0]
    );
    let content = [PDF, SEALED.as_bytes(), NUMBER.as_bytes()].concat();
    let upload = world
        .post(upload)
        .by(admin)
        .header("skillsyms-file-name", &format!("{SEALED}.pdf"));
    upload.bytes("application/pdf", content).send().await.ok();
    announce(world, enrolment, programme.modules[0]).await;
    judge(world, enrolment, &programme).await;
    set_and_correct(world).await;
    ask_and_answer(world).await;
    look(world, registered).await;
    registered
}

/// The same for a file that comes in parts, and of which the rest never comes.
async fn announce(world: &World, enrolment: Uuid, module: Uuid) {
    let admin = world.alpha.admin();
    let path = format!("/api/v1/enrolments/{enrolment}/uploads?module={module}&length=1000000");
    let announced = world
        .post(path)
        .by(admin)
        .header("skillsyms-file-name", &format!("{SEALED}.pdf"));
    let id = announced.send().await.id();
    let add = world.ask("PATCH", &format!("/api/v1/uploads/{id}")).by(admin);
    let add = add.header("upload-offset", "0").header("upload-complete", "?0");
    let content = [PDF, SEALED.repeat(10_000).as_bytes(), NUMBER.as_bytes()].concat();
    let added = add.bytes("application/partial-upload", content).send().await;
    assert_eq!(added.status, 204, "{added:?}");
    assert_ne!(added.header("upload-offset"), "0", "{added:?}");
}

/// The same for the provider's settings, and for an ID number that was wrong.
async fn set_and_correct(world: &World) {
    let admin = world.alpha.admin();
    let settings = json!({ "name": SEALED, "email": format!("{SEALED}@example.org"), "telephone": PHONE });
    let change = world.ask("PUT", "/api/v1/settings").by(admin).if_match(1);
    change.json(settings).send().await.ok();
    let wrong = world.post("/api/v1/learners").by(admin).json(persons::learner(4_320));
    let id = wrong.send().await.id();
    world.step_up(admin).await;
    let right = json!({ "purpose": "a digit was wrong", "identity": { "id_number": persons::id_number(4_319) } });
    let correct = world.ask("PUT", &format!("/api/v1/learners/{id}/identity")).by(admin);
    correct.if_match(1).json(right).send().await.ok();
}

/// The same for a learner's question about a look at their record, and its answer.
async fn ask_and_answer(world: &World) {
    let question = world.question(&world.alpha, SEALED).await;
    let answer = world.post(format!("/api/v1/access-queries/{question}/answer"));
    let answer = answer.by(world.alpha.admin()).json(json!({ "answer": SEALED }));
    answer.send().await.ok();
}

/// The same for what is judged, stated and reversed.
async fn judge(world: &World, enrolment: Uuid, programme: &Programme) {
    let (admin, team) = (world.alpha.admin(), Team::of(&world.alpha));
    let mut assessments = Vec::new();
    for module in &programme.modules {
        let mut new = new_assessment(*module, "competent");
        new["feedback"] = json!(format!("{SEALED} wrote {}", *NUMBER));
        assessments.push(world.assess(&team.assessor, enrolment, new).await.id());
    }
    world.draw_sample(&team.moderator, programme.id).await.ok();
    let returned = json!({ "decision": "returned", "reason": SEALED });
    world.decide(&team.moderator, assessments[0], returned).await.ok();
    world
        .decide(&team.moderator, assessments[1], json!({ "decision": "upheld" }))
        .await
        .ok();
    let issue = world
        .post(format!("/api/v1/enrolments/{enrolment}/statements"))
        .by(admin);
    let statement = issue.because("graduation").send().await.id();
    let page = world
        .get(format!("/api/v1/statements/{statement}"))
        .by(admin)
        .because("graduation");
    let page = page.header("accept", "text/html").send().await;
    assert!(
        found_in(&page.body, &NUMBER).is_some(),
        "the canary is in the statement: {page:?}"
    );
    let results = world
        .get(format!("/api/v1/results?enrolment={enrolment}"))
        .by(admin)
        .send()
        .await;
    world.step_up(admin).await;
    let reverse = world
        .post(format!("/api/v1/results/{}/reverse", ids(&results)[0]))
        .by(admin);
    reverse.json(json!({ "reason": SEALED })).send().await.ok();
}

/// Reads that show the canaries to whom they may be shown.
async fn look(world: &World, learner: Uuid) {
    let admin = world.alpha.admin();
    let profile = world
        .get(format!("/api/v1/learners/{learner}/profile"))
        .by(admin)
        .send()
        .await;
    assert!(
        found_in(&profile.body, SEALED).is_some(),
        "the canary is in the profile: {profile:?}"
    );
    let reveal = world.post(format!("/api/v1/learners/{learner}/reveal")).by(admin);
    reveal.json(json!({ "purpose": "a test" })).send().await.ok();
    for list in [
        "learners",
        "people",
        "evidence",
        "assessments",
        "results",
        "moderation",
        "statements",
        "ledger/entries",
        "imports",
    ] {
        let listed = world.get(format!("/api/v1/{list}?limit=100")).by(admin).send().await;
        listed.ok();
        assert_eq!(
            id_number_in(&listed.body).filter(|_| list != "assessments"),
            None,
            "{listed:?}"
        );
    }
}

/// Requests that are refused, with canaries wherever a caller can put them.
async fn errors(world: &World, learner: Uuid) -> Vec<Reply> {
    let admin = world.alpha.admin();
    let mut twisted = self::learner();
    twisted["province"] = json!(SEALED);
    twisted["email"] = json!(SEALED);
    twisted["cell"] = json!(format!("{PHONE}{PHONE}"));
    let mut wrong_number = self::learner();
    wrong_number["id_number"] = json!(format!("{}1", &NUMBER[..12]));
    let post = |path: &str| world.post(path).by(admin);
    let asks = [
        post("/api/v1/learners").json(self::learner()),
        post("/api/v1/learners").json(twisted),
        post("/api/v1/learners").json(wrong_number),
        // The name of a field may be repeated, so it must be one that could be a name of ours.
        post("/api/v1/learners").json(json!({ SEALED.to_uppercase(): SEALED })),
        post("/api/v1/learners").json(json!({ NUMBER.as_str(): SEALED })),
        post("/api/v1/learners").json(json!([{ "id_number": *NUMBER }])),
        post("/api/v1/learners").bytes("application/json", format!("{{\"id_number\": {SEALED} {}", *NUMBER)),
        post("/api/v1/learners").bytes(&format!("text/{SEALED}"), SEALED),
        post(&format!("/api/v1/{SEALED}/{}", *NUMBER)),
        post("/api/v1/learners/lookup").json(json!({ "id_number": SEALED })),
        post("/api/v1/learners/lookup").json(json!({ "id_number": format!("{}9", *NUMBER) })),
        post("/api/v1/people").json(json!({ "email": SEALED, "name": SEALED, "roles": [SEALED] })),
        post("/api/v1/people")
            .json(json!({ "email": format!("{SEALED}@alpha.example"), "name": SEALED, "roles": ["learner"] })),
        post(&format!("/api/v1/learners/{learner}/reveal")).json(json!({ "purpose": SEALED.repeat(30) })),
        post("/api/v1/imports").bytes("text/csv", format!("{SEALED},{}\n{SEALED},{SEALED}\n", *NUMBER)),
        post("/api/v1/sessions/current/step-up").json(json!({ "password": SEALED })),
        world
            .post("/api/v1/sessions")
            .json(json!({ "tenant": SEALED, "email": SEALED, "password": SEALED })),
        world
            .post("/api/v1/invitations/accept")
            .json(json!({ "token": SEALED, "password": SEALED })),
        world
            .post("/api/v1/resets/apply")
            .json(json!({ "token": SEALED, "password": SEALED })),
        world
            .post("/api/v1/resets")
            .json(json!({ "tenant": SEALED, "email": format!("{SEALED}@alpha.example"), "language": SEALED })),
        world
            .get(format!("/api/v1/learners?q={SEALED}&{}={SEALED}", *NUMBER))
            .by(admin),
        world.get(format!("/api/v1/learners/{}", *NUMBER)).by(admin),
        world.get(format!("/api/v1/learners?cursor={SEALED}")).by(admin),
        world.get("/api/v1/learners").by(SEALED),
        world
            .get("/api/v1/learners")
            .by(admin)
            .header("idempotency-key", &SEALED.repeat(30)),
        world
            .get(format!("/api/v1/learners/{learner}"))
            .by(world.beta.assessor()),
        world
            .ask("PATCH", &format!("/api/v1/learners/{learner}"))
            .by(admin)
            .header("if-match", SEALED)
            .json(json!({})),
    ];
    let mut replies = Vec::new();
    for ask in asks {
        replies.push(ask.send().await);
    }
    replies
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_sealed_stands_in_clear_anywhere() {
    let (log, metrics) = watched();
    let world = World::new().await;
    let learner = fill(&world).await;

    let replies = errors(&world, learner).await;
    for reply in &replies {
        reply.is_problem();
        assert_clean(&format!("the answer to {}", reply.said), &reply.body, &[SEALED, NAMED]);
        for value in reply.headers.values() {
            assert_clean("a header", value.as_bytes(), &[SEALED, NAMED]);
        }
    }

    let dump = dump(&world).await;
    for column in sealed_columns() {
        let values = dump.get(&column).unwrap_or_else(|| panic!("{column:?} is not there"));
        assert!(!values.is_empty(), "no canary went into {column:?}");
    }
    for (column, values) in &dump {
        for value in values {
            assert_clean(&format!("column {column:?}"), value, &[SEALED]);
        }
    }
    let named = &dump[&("learners".to_owned(), "last_name".to_owned())];
    assert!(
        named.iter().any(|value| found_in(value, NAMED).is_some()),
        "the search of the rows finds names"
    );

    world.door().publish_heads().await.unwrap();
    let open = search_files(&world);
    world.door().close().await;
    assert!(search_files(&world) >= 4 && open >= 4, "the data folder has files");

    let text = log.0.lock().unwrap().clone();
    let reference = replies[0].reference().to_string();
    assert!(
        found_in(&text, &reference).is_some(),
        "the search of the log finds the reference of a request"
    );
    assert_clean("the log", &text, &[SEALED, NAMED]);
    let metrics = metrics.render();
    assert!(metrics.contains("skillsyms_acts_total"), "{metrics}");
    assert_clean("the metrics", metrics.as_bytes(), &[SEALED, NAMED]);
}

/// The control: what is planted is found.
#[test]
fn a_canary_that_stands_in_clear_is_found() {
    use base64::Engine as _;
    let folder = tempfile::tempdir().unwrap();
    let noise = [0_u8, 255, 10, 13].repeat(5_000);
    let hex: String = SEALED.bytes().map(|byte| format!("{byte:02X}")).collect();
    for text in [SEALED.to_owned(), SEALED.to_uppercase(), hex] {
        let path = folder.path().join("deep").join("er");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::File::create(&path)
            .unwrap()
            .write_all(&[&noise, text.as_bytes(), &noise].concat())
            .unwrap();
        let found = files(folder.path())
            .iter()
            .any(|file| found_in(&std::fs::read(file).unwrap(), SEALED).is_some());
        assert!(found, "{text} was not found");
    }
    for before in ["", "x", "xy", "xyz"] {
        let text = base64::engine::general_purpose::STANDARD.encode(format!("{before}{SEALED} and more"));
        assert_eq!(found_in(text.as_bytes(), SEALED), Some("in base64"), "{text}");
    }
    assert_eq!(found_in(&noise, SEALED), None);
    let number = NUMBER.as_str();
    assert!(SaId::parse(number).is_ok());
    assert_eq!(id_number_in(format!("x{number};").as_bytes()).as_deref(), Some(number));
    assert_eq!(
        id_number_in(format!("1{number}").as_bytes()),
        None,
        "fourteen digits are no ID number"
    );
}
