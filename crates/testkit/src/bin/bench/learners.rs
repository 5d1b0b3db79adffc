//! Invented learners, one for each number, always the same: as JSON for the API and as a line of CSV for an import.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use skillsyms_core::date::plus_days;
use skillsyms_core::person::CSV_COLUMNS;
use skillsyms_core::sa_id::Citizenship;
use skillsyms_core::{Date, SaId};

/// The first birth date; the last is in 2006, so that everybody is grown up.
const BORN_FROM: Date = Date::constant(1960, 1, 1);
/// Birth dates. A prime, so that people who are born on one day are far apart.
const BIRTH_DAYS: u64 = 16_981;

const FIRST: [&str; 8] = [
    "Thandi", "Sipho", "Lerato", "Johan", "Aisha", "Pieter", "Nomvula", "Kagiso",
];
const LAST: [&str; 8] = [
    "Dlamini", "Naidoo", "Botha", "Mokoena", "Khumalo", "Jacobs", "Mthembu", "Nkosi",
];

/// The birth date and the ID number of a learner.
fn birth(n: u64) -> Result<(Date, SaId)> {
    let date = plus_days(BORN_FROM, i64::try_from(n % BIRTH_DAYS)?);
    let sequence = u16::try_from(n / BIRTH_DAYS + 1)?;
    let id = SaId::compose(date, sequence, Citizenship::Citizen).context("no such ID number")?;
    Ok((date, id))
}

/// The ID number of a learner.
pub fn id_number(n: u64) -> Result<String> {
    Ok(birth(n)?.1.expose().to_owned())
}

/// The first and the last name of a learner: learners that follow each other are far apart in the order of names.
pub fn names(n: u64) -> (&'static str, String) {
    let first = FIRST
        .get(usize::try_from(n % 8).unwrap_or(0))
        .copied()
        .unwrap_or_default();
    let mut last = LAST
        .get(usize::try_from(n / 8 % 8).unwrap_or(0))
        .copied()
        .unwrap_or_default()
        .to_owned();
    let mut rest = n;
    for _ in 0..4 {
        last.push(char::from(b'a' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    (first, last)
}

/// A learner as the API takes one.
pub fn json(n: u64) -> Result<String> {
    let (date, id) = birth(n)?;
    let (first, last) = names(n);
    let mut text = String::with_capacity(640);
    write!(
        text,
        r#"{{"id_number":"{}","title":"Ms","first_name":"{first}","last_name":"{last}","birth_date":"{date}","equity":"BA","nationality":"SA","home_language":"Zul","citizen_status":"SA","socioeconomic_status":"02","disability_status":"N","email":"{first}.{last}@mail.example","cell":"+27 82 555 {:04}","home_address_1":"{} Market Street","home_address_2":"Mitchells Plain","home_address_code":"7785","province":"1","popi_consent":true,"popi_date":"2026-01-15"}}"#,
        id.expose(),
        n % 10_000,
        n % 200 + 1,
    )?;
    Ok(text)
}

/// A learner as a line of a provider's file, with a cell for each column of the template.
fn line(n: u64) -> Result<String> {
    let (date, id) = birth(n)?;
    let (first, last) = names(n);
    let cell = |column: &&str| match *column {
        "id_number" => id.expose().to_owned(),
        "title" => "Ms".to_owned(),
        "first_name" => first.to_owned(),
        "last_name" => last.clone(),
        "birth_date" => date.to_string(),
        "equity" => "BA".to_owned(),
        "nationality" | "citizen_status" => "SA".to_owned(),
        "home_language" => "Zul".to_owned(),
        "socioeconomic_status" => "02".to_owned(),
        "disability_status" => "N".to_owned(),
        "email" => format!("{first}.{last}@mail.example"),
        "cell" => format!("+27 82 555 {:04}", n % 10_000),
        "home_address_1" | "postal_address_1" => format!("{} Market Street", n % 200 + 1),
        "home_address_2" | "postal_address_2" => "Mitchells Plain".to_owned(),
        "home_address_code" | "postal_address_code" => "7785".to_owned(),
        "province" => "1".to_owned(),
        "popi_consent" => "yes".to_owned(),
        "popi_date" => "2026-01-15".to_owned(),
        _ => String::new(),
    };
    let cells: Vec<String> = CSV_COLUMNS.iter().map(cell).collect();
    Ok(format!("{}\r\n", cells.join(",")))
}

/// Writes a provider's file of the first `rows` learners.
pub fn write_csv(path: &Path, rows: u64) -> Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    write!(file, "{}\r\n", CSV_COLUMNS.join(","))?;
    for n in 0..rows {
        file.write_all(line(n)?.as_bytes())?;
    }
    Ok(file.flush()?)
}
