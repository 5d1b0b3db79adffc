//! Learners' files, and learners as the API takes them.

use serde_json::{Value, json};
use skillsyms_core::date::parse_date;
use skillsyms_core::sa_id::Citizenship;
use skillsyms_core::{Date, SaId};

/// The columns of the files made here.
pub const COLUMNS: &str = "id_number,first_name,last_name,equity,nationality,home_language,citizen_status,\
socioeconomic_status,disability_status,home_address_1,province,popi_consent,popi_date";

/// A right ID number for each `n`.
pub fn id_number(n: usize) -> String {
    let birth: Date = parse_date(&format!("19{}-01-01", 70 + n / 4_000)).unwrap();
    let sequence = u16::try_from(n % 4_000 + 1).unwrap();
    SaId::compose(birth, sequence, Citizenship::Citizen)
        .unwrap()
        .expose()
        .to_owned()
}

/// A name that differs with `n`, in letters only.
fn last_name(n: usize) -> String {
    let letters = format!("{n:05}");
    let letters = letters.bytes().map(|digit| char::from(digit - b'0' + b'a'));
    format!("Dlamini{}", letters.collect::<String>())
}

/// A right row.
pub fn row(n: usize) -> String {
    row_of(&id_number(n), &last_name(n), "12 Main Road")
}

/// A row with this number, last name and address.
pub fn row_of(number: &str, last: &str, address: &str) -> String {
    format!("{number},Thandi,{last},BA,SA,Zul,SA,02,N,{address},5,yes,2026-01-15")
}

/// A file of these rows.
pub fn file(rows: impl IntoIterator<Item = String>) -> String {
    let mut text = format!("{COLUMNS}\r\n");
    for row in rows {
        text.push_str(&row);
        text.push_str("\r\n");
    }
    text
}

/// A learner, as the API takes one.
pub fn learner(n: usize) -> Value {
    json!({
        "id_number": id_number(n), "first_name": "Thandi", "last_name": last_name(n), "equity": "BA",
        "nationality": "SA", "home_language": "Zul", "citizen_status": "SA", "socioeconomic_status": "02",
        "disability_status": "N", "home_address_1": "12 Main Road", "province": "5", "popi_consent": true,
        "popi_date": "2026-01-15",
    })
}
