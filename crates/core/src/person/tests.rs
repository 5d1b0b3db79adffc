//! Learners as they arrive, right and wrong.

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;

const TODAY: Date = date(2026, 11, 22);

fn thandi() -> NewLearner {
    let text = |text: &str| Some(text.to_owned());
    NewLearner {
        id_number: text("9001014800089"),
        title: text("Ms"),
        first_name: "Thandi".to_owned(),
        middle_name: text("Nomsa"),
        last_name: "Dlámini".to_owned(),
        birth_date: text("1990-01-01"),
        gender: text("F"),
        equity: text("BA"),
        nationality: text("SA"),
        home_language: text("Zul"),
        citizen_status: text("SA"),
        socioeconomic_status: text("02"),
        disability_status: text("N"),
        email: text("thandi@example.org"),
        cell: text("+27 82 123 4567"),
        home_address_1: text("12 Main Road"),
        home_address_2: text("Umlazi"),
        home_address_code: text("4031"),
        province: text("5"),
        popi_consent: true,
        popi_date: text("2026-01-15"),
        ..NewLearner::default()
    }
}

/// The fields and codes that are refused, after a change to a learner who is right.
fn refused(change: impl Fn(&mut NewLearner)) -> Vec<(String, &'static str)> {
    let mut new = thandi();
    change(&mut new);
    let errors = new.validate(TODAY).err().unwrap_or_default();
    errors
        .into_iter()
        .map(|error| (error.field.into_owned(), error.code))
        .collect()
}

/// The same for warnings.
fn warned(change: impl Fn(&mut NewLearner)) -> Vec<(String, &'static str)> {
    let mut new = thandi();
    change(&mut new);
    let warnings = new.validate(TODAY).unwrap().warnings;
    warnings
        .into_iter()
        .map(|warning| (warning.field.into_owned(), warning.code))
        .collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_learner_who_is_right_is_kept_in_one_form() {
    let checked = thandi().validate(TODAY).unwrap();
    assert_eq!(checked.identity.kind(), "sa_id");
    assert_eq!(checked.identity.index_value().as_str(), "9001014800089");
    assert_eq!(checked.fold(), "dlamini thandi nomsa");
    assert_eq!(checked.title, Some("Ms"));
    assert_eq!(checked.contact.cell.as_deref(), Some("0821234567"));
    assert_eq!(checked.contact.home.lines, ["12 Main Road", "Umlazi"]);
    assert!(checked.contact.postal.is_empty());
    assert_eq!(checked.profile.birth_date, date(1990, 1, 1));
    assert_eq!(checked.warnings, []);
}

#[test]
fn everything_that_is_wrong_is_reported_at_once() {
    let errors = refused(|new| *new = NewLearner::default());
    let fields: Vec<_> = errors.iter().map(|(field, code)| format!("{field} {code}")).collect();
    let expected = [
        "id_number identity.missing",
        "first_name name.missing",
        "last_name name.missing",
        "birth_date birth_date.missing",
        "gender gender.missing",
        "equity code.missing",
        "nationality code.missing",
        "home_language code.missing",
        "citizen_status code.missing",
        "socioeconomic_status code.missing",
        "disability_status code.missing",
        "province code.missing",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn each_mistake_names_its_field() {
    type Change = fn(&mut NewLearner);
    let cases: &[(Change, &str, &str)] = &[
        (
            |new| new.id_number = some("9001014800088"),
            "id_number",
            "sa_id.checksum",
        ),
        (
            |new| new.id_number = some("9.00101E+12"),
            "id_number",
            "sa_id.scientific_notation",
        ),
        (
            |new| new.birth_date = some("1990-01-02"),
            "birth_date",
            "birth_date.mismatch",
        ),
        (|new| new.birth_date = some("01/01/1990"), "birth_date", "date.form"),
        (|new| new.birth_date = some("32874"), "birth_date", "date.serial"),
        (|new| new.gender = some("O"), "gender", "code.unknown"),
        (|new| new.equity = some("Indian"), "equity", "code.unknown"),
        (|new| new.province = some("GP"), "province", "code.unknown"),
        (|new| new.title = some("Sir"), "title", "code.unknown"),
        (
            |new| new.last_name = "=HYPERLINK(\"http://example.org\")".to_owned(),
            "last_name",
            "name.formula",
        ),
        (|new| new.first_name = "Th4ndi".to_owned(), "first_name", "name.digit"),
        (|new| new.middle_name = some("N/A"), "middle_name", "name.placeholder"),
        (|new| new.email = some("thandi.example.org"), "email", "email.form"),
        (|new| new.cell = some("821234567"), "cell", "cell.lost_leading_zero"),
        (
            |new| new.home_address_1 = some("12; Main"),
            "home_address_1",
            "address.character",
        ),
        (
            |new| new.postal_address_code = some("184"),
            "postal_address_code",
            "postal_code.lost_leading_zero",
        ),
        (
            |new| new.disability_status = some("04"),
            "walking_rating",
            "disability_rating.missing",
        ),
        (|new| new.popi_date = None, "popi_date", "popi_date.missing"),
        (|new| new.popi_date = some("2026-11-23"), "popi_date", "date.future"),
        (
            |new| new.alternate_id = alternate_of("533", "A1234567"),
            "alternate_id_type",
            "alternate_id.kind_none",
        ),
        (
            |new| new.alternate_id = alternate_of("527", ""),
            "alternate_id",
            "alternate_id.missing",
        ),
        (
            |new| new.alternate_id = alternate_of("", "A1234567"),
            "alternate_id_type",
            "alternate_id.kind_missing",
        ),
    ];
    for (change, field, code) in cases {
        assert_eq!(refused(change), [(field.to_string(), *code)], "{field} {code}");
    }
}

fn alternate_of(kind: &str, value: &str) -> Option<NewAlternateId> {
    Some(NewAlternateId {
        kind: kind.to_owned(),
        value: value.to_owned(),
    })
}

#[test]
fn a_rating_is_missing_or_wrong_in_its_own_field() {
    let refused = |change: fn(&mut NewLearner)| {
        let mut new = thandi();
        change(&mut new);
        let errors = new.validate(TODAY).unwrap_err();
        errors
            .into_iter()
            .map(|error| (error.field.into_owned(), error.code))
            .collect::<Vec<_>>()
    };
    let several = |new: &mut NewLearner| new.disability_status = some("07");
    assert_eq!(
        refused(several),
        [("disability_status".to_owned(), "disability_rating.missing")]
    );
    let unknown = |new: &mut NewLearner| new.selfcare_rating = some("05");
    assert_eq!(refused(unknown), [("selfcare_rating".to_owned(), "code.unknown")]);
}

#[test]
fn each_of_the_six_ratings_is_kept_in_its_own_place() {
    let columns = [
        ("disability_status", "07"),
        ("seeing_rating", "01"),
        ("hearing_rating", "02"),
        ("communicating_rating", "3"),
        ("walking_rating", "Cannot do at all"),
        ("remembering_rating", "06"),
        ("selfcare_rating", "60"),
    ];
    let read = NewLearner::from_columns(|name| {
        columns
            .iter()
            .find(|(column, _)| *column == name)
            .map(|(_, cell)| *cell)
    });
    let new = NewLearner {
        disability_status: read.disability_status,
        seeing_rating: read.seeing_rating,
        hearing_rating: read.hearing_rating,
        communicating_rating: read.communicating_rating,
        walking_rating: read.walking_rating,
        remembering_rating: read.remembering_rating,
        selfcare_rating: read.selfcare_rating,
        ..thandi()
    };
    let ratings = new.validate(TODAY).unwrap().profile.ratings;
    let expected = Ratings {
        seeing: some("01"),
        hearing: some("02"),
        communicating: some("03"),
        walking: some("04"),
        remembering: some("06"),
        selfcare: some("60"),
    };
    assert_eq!(ratings, expected);
    assert_eq!(format!("{ratings:?}"), "Ratings { .. }");
}

#[test]
fn what_is_unusual_is_only_a_warning() {
    assert_eq!(
        warned(|new| new.gender = some("M")),
        [("gender".to_owned(), "gender.mismatch")]
    );
    assert_eq!(
        warned(|new| new.gender = None),
        [("gender".to_owned(), "gender.from_id_number")]
    );
    assert_eq!(
        warned(|new| new.citizen_status = some("PR")),
        [("citizen_status".to_owned(), "citizen_status.mismatch")]
    );
    assert_eq!(
        warned(|new| new.hearing_rating = some("3")),
        [("hearing_rating".to_owned(), "disability_rating.unexpected")]
    );
    assert_eq!(warned(|new| new.hearing_rating = some("No difficulty")), []);
    let refuses = |new: &mut NewLearner| new.popi_consent = false;
    assert_eq!(warned(refuses), [("popi_consent".to_owned(), "popi_consent.no")]);
    let long = |new: &mut NewLearner| new.first_name = "Nkosinathi".repeat(3);
    assert_eq!(warned(long), [("first_name".to_owned(), "name.exported_length")]);
    let old = |new: &mut NewLearner| {
        new.id_number = some("7203047000008");
        new.birth_date = None;
        new.gender = None;
    };
    let codes: Vec<_> = warned(old).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["sa_id.old_race_digit", "gender.from_id_number"]);
}

#[test]
fn a_passport_needs_birth_date_and_gender() {
    let foreign = |new: &mut NewLearner| {
        new.id_number = None;
        new.alternate_id = alternate_of("passport", "ab 123456");
        new.citizen_status = some("O");
        new.nationality = some("ZIM");
    };
    let mut new = thandi();
    foreign(&mut new);
    let checked = new.validate(TODAY).unwrap();
    assert_eq!(checked.identity.kind(), "passport");
    assert_eq!(checked.identity.index_value().as_str(), "passport:AB123456");
    let errors = refused(|new| {
        foreign(new);
        new.birth_date = None;
        new.gender = None;
    });
    let codes: Vec<_> = errors.into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["birth_date.missing", "gender.missing"]);
    let young = refused(|new| {
        foreign(new);
        new.birth_date = some("2020-01-01");
    });
    assert_eq!(young, [("birth_date".to_owned(), "birth_date.too_young")]);
}

#[test]
fn an_identity_reads_what_it_writes() {
    let mut new = thandi();
    new.alternate_id = alternate_of("student_number", "ST-2026/0042");
    let identity = new.validate(TODAY).unwrap().identity;
    assert_eq!(
        identity.to_text().as_str(),
        "sa_id:9001014800089;student_number:ST-2026/0042"
    );
    assert_eq!(Identity::from_text(&identity.to_text()), Some(identity));
    for text in [
        "",
        "sa_id",
        "sa_id:9001014800088",
        "visa:123456",
        "sa_id:9001014800089;",
    ] {
        assert_eq!(Identity::from_text(text), None, "{text}");
    }
}

#[test]
fn nothing_prints_what_it_holds() {
    let mut new = thandi();
    new.alternate_id = alternate_of("passport", "AB123456");
    let checked = new.validate(TODAY).unwrap();
    let printed = format!(
        "{new:?} {new:#?} {checked:?} {checked:#?} {:?} {:?} {:?} {:?}",
        new.alternate_id, checked.contact, checked.profile, checked.identity
    );
    for secret in [
        "900101", "Thandi", "thandi", "Dl", "1990", "821234", "Main", "4031", "AB123", "BA", "Zul",
    ] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

#[test]
fn no_error_repeats_a_value() {
    let canary = "CANARY;7";
    let text = || Some(canary.to_owned());
    let errors = refused_all(&NewLearner::from_columns(|_| Some(canary)));
    assert!(errors.len() > 20);
    assert!(errors.iter().all(|error| !format!("{error:?}").contains("CANARY")));
    let warned = NewLearner {
        middle_name: text(),
        ..thandi()
    };
    assert!(
        refused_all(&warned)
            .iter()
            .all(|error| !format!("{error:?}").contains("CANARY"))
    );
}

fn refused_all(new: &NewLearner) -> Vec<FieldError> {
    new.validate(TODAY).err().unwrap_or_default()
}

#[test]
fn columns_are_the_fields() {
    let schema = serde_json::to_value(schemars::schema_for!(NewLearner)).unwrap();
    let mut fields: Vec<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    fields.push("alternate_id_type".to_owned());
    fields.sort();
    let mut columns: Vec<_> = CSV_COLUMNS.iter().map(ToString::to_string).collect();
    columns.sort();
    assert_eq!(fields, columns);
    assert_eq!(schema["additionalProperties"], false);
    assert!(CSV_COLUMNS_REQUIRED.iter().all(|column| CSV_COLUMNS.contains(column)));
}

#[test]
fn every_column_reaches_its_field() {
    let row: Vec<(&str, String)> = CSV_COLUMNS
        .iter()
        .map(|column| (*column, format!("in {column}")))
        .collect();
    let lookup = |column: &str| {
        row.iter()
            .find(|(name, _)| *name == column)
            .map(|(_, text)| text.as_str())
    };
    let new = NewLearner::from_columns(lookup);
    assert_eq!(new.id_number.as_deref(), Some("in id_number"));
    assert_eq!(
        new.alternate_id,
        alternate_of("in alternate_id_type", "in alternate_id")
    );
    assert_eq!(new.postal_address_code.as_deref(), Some("in postal_address_code"));
    assert_eq!(new.unread, [LearnerError::Consent.at("popi_consent")]);
    for (text, consent) in [
        ("Yes", true),
        ("y", true),
        ("1", true),
        ("no", false),
        ("", false),
        (" FALSE ", false),
    ] {
        let new = NewLearner::from_columns(|column| (column == "popi_consent").then_some(text));
        assert_eq!((new.popi_consent, new.unread.len()), (consent, 0), "{text}");
    }
    let none = NewLearner::from_columns(|column| (column == "alternate_id_type").then_some("533"));
    assert_eq!(none, NewLearner::default());
}

#[test]
fn json_takes_the_same_names_and_no_others() {
    let new: NewLearner = serde_json::from_str(
        r#"{"id_number":"9001014800089","first_name":"Thandi","last_name":"Dlamini",
            "alternate_id":{"kind":"passport","value":"AB123456"},"popi_consent":true}"#,
    )
    .unwrap();
    assert_eq!(new.first_name, "Thandi");
    assert!(serde_json::from_str::<NewLearner>(r#"{"sa_id":"9001014800089"}"#).is_ok());
    for text in [
        r#"{"surname":"x"}"#,
        r#"{"unread":[]}"#,
        r#"{"alternate_id":{"kind":"x","value":"y","z":1}}"#,
    ] {
        assert!(serde_json::from_str::<NewLearner>(text).is_err(), "{text}");
    }
}

#[test]
fn contact_and_profile_read_what_they_write() {
    let checked = thandi().validate(TODAY).unwrap();
    let contact = serde_json::to_string(&checked.contact).unwrap();
    assert_eq!(serde_json::from_str::<Contact>(&contact).unwrap(), checked.contact);
    let profile = serde_json::to_string(&checked.profile).unwrap();
    assert_eq!(serde_json::from_str::<Profile>(&profile).unwrap(), checked.profile);
}

proptest! {
    #[test]
    fn any_row_is_kept_or_refused_with_a_reason(cells in proptest::collection::vec("\\PC{0,16}", 30)) {
        let lookup = |column: &str| {
            let at = CSV_COLUMNS.iter().position(|name| *name == column)?;
            cells.get(at).map(String::as_str)
        };
        let errors = NewLearner::from_columns(lookup).validate(TODAY).err();
        prop_assert!(errors.is_none_or(|errors| !errors.is_empty()));
    }
}
