//! Learners as a provider sends them, with right ID numbers.

use serde_json::{Value, json};
use skillsyms_core::SaId;
use skillsyms_core::date::parse_date;
use skillsyms_core::sa_id::Citizenship;

/// A right ID number for each `n` from 1 to 4,999: a woman, born on 1990-01-01.
#[must_use]
pub fn id_number(n: u16) -> String {
    let birth = parse_date("1990-01-01").unwrap();
    SaId::compose(birth, n, Citizenship::Citizen)
        .unwrap()
        .expose()
        .to_owned()
}

/// A learner for each `n`, as the API takes one.
#[must_use]
pub fn learner(n: u16) -> Value {
    json!({
        "id_number": id_number(n),
        "title": "Ms",
        "first_name": first_name(n),
        "last_name": last_name(n),
        "equity": "BA",
        "nationality": "SA",
        "home_language": "Zul",
        "citizen_status": "SA",
        "socioeconomic_status": "02",
        "disability_status": "N",
        "email": format!("learner{n}@example.org"),
        "cell": format!("082 123 {n:04}"),
        "home_address_1": "12 Main Road",
        "home_address_code": "4031",
        "province": "5",
        "popi_consent": true,
        "popi_date": "2026-01-15",
    })
}

/// A name that differs with `n`, in letters only.
fn first_name(n: u16) -> String {
    format!("Thandi{}", letters(n))
}

fn last_name(n: u16) -> String {
    format!("Dlamini{}", letters(n))
}

fn letters(n: u16) -> String {
    format!("{n:04}")
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}

/// Whether the text holds a valid South African ID number: 13 digits that stand alone and pass its checks.
#[must_use]
pub fn id_number_in(bytes: &[u8]) -> Option<String> {
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if run == 13 {
            let text = String::from_utf8_lossy(&bytes[at..at + run]).into_owned();
            if SaId::parse(&text).is_ok() {
                return Some(text);
            }
        }
        at += run.max(1);
    }
    None
}

/// A learners' file with these rows, each the learner for its `n`, in the columns of the template.
#[must_use]
pub fn csv(rows: &[Value]) -> String {
    let columns = skillsyms_core::person::CSV_COLUMNS;
    let mut text = columns.join(",");
    for row in rows {
        text.push_str("\r\n");
        let cells = columns.iter().map(|column| match &row[*column] {
            Value::Null => String::new(),
            Value::Bool(yes) => if *yes { "Yes" } else { "No" }.to_owned(),
            Value::String(value) => value.clone(),
            other => other.to_string(),
        });
        text.push_str(&cells.collect::<Vec<_>>().join(","));
    }
    text.push_str("\r\n");
    text
}
