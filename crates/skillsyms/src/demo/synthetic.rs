//! Synthetic learners, as a provider would really send them: one CSV file, the same for the same seed.
//!
//! Every person is invented: names are drawn from lists, ID numbers are computed, e-mail addresses are under domains that
//! RFC 2606 reserves. That a number is also somebody's is chance. The generator is [`SplitMix64`], which is no source of
//! secrets.
//!
//! Each row follows from seed and position alone, so a million rows need no memory, and a row that repeats an earlier one's
//! ID can be made by making that one again. Dates and sequence numbers are handed out by walking the product of both in
//! strides that are coprime to its size: no ID number comes twice but for the duplicates that are meant.

mod mistakes;
mod names;

use std::borrow::Cow;
use std::io::{self, Write};

use skillsyms_core::date::plus_days;
use skillsyms_core::person::{CSV_COLUMNS, fold};
use skillsyms_core::sa_id::Citizenship;
use skillsyms_core::{Date, SaId, SplitMix64};

use names::{ABROAD, COUNTRIES, GROUPS, Group, PLACES, STREETS};

/// Rows with a mistake among 1,000, each of another kind. A few are only unusual and are kept with a warning.
pub const MISTAKES_PER_THOUSAND: usize = mistakes::KINDS.len();

/// The seed of `demo/learners.csv`.
pub const SEED: u64 = 2_026;

/// The first birth date.
const BORN_FROM: Date = Date::constant(1960, 1, 1);
/// Days from the first birth date to the last, 2008-12-31.
const BIRTH_DAYS: u64 = 17_898;
/// Sequence numbers of a day, 0001 to 9999.
const SEQUENCES: u64 = 9_999;
/// Births that can be told apart: more rows than this are refused.
const BIRTHS: u64 = BIRTH_DAYS * SEQUENCES;
/// A prime that does not divide [`BIRTHS`], far from any multiple of a simple fraction of it.
const STRIDE: u64 = 67_867_967;
/// Bytes that are collected before they are written.
const BUFFER_BYTES: usize = 64 * 1024;

/// A cell of the file.
type Text = Cow<'static, str>;

/// A row of the file, before it is written.
#[derive(Default)]
struct Row {
    id_number: Text,
    alternate_id_type: Text,
    alternate_id: Text,
    title: Text,
    first_name: Text,
    middle_name: Text,
    last_name: Text,
    birth_date: Text,
    gender: Text,
    equity: Text,
    nationality: Text,
    home_language: Text,
    citizen_status: Text,
    socioeconomic_status: Text,
    disability_status: Text,
    /// Seeing, hearing, communicating, walking, remembering, self-care.
    ratings: [Text; 6],
    email: Text,
    phone: Text,
    cell: Text,
    home: [Text; 3],
    home_code: Text,
    postal: [Text; 3],
    postal_code: Text,
    province: Text,
    popi_consent: Text,
    popi_date: Text,
}

impl Row {
    /// The cells in the order of [`CSV_COLUMNS`].
    fn cells(&self) -> [&str; CSV_COLUMNS.len()] {
        let [home_1, home_2, home_3] = &self.home;
        let [postal_1, postal_2, postal_3] = &self.postal;
        let [seeing, hearing, communicating, walking, remembering, selfcare] = &self.ratings;
        [
            &self.id_number,
            &self.alternate_id_type,
            &self.alternate_id,
            &self.title,
            &self.first_name,
            &self.middle_name,
            &self.last_name,
            &self.birth_date,
            &self.gender,
            &self.equity,
            &self.nationality,
            &self.home_language,
            &self.citizen_status,
            &self.socioeconomic_status,
            &self.disability_status,
            seeing,
            hearing,
            communicating,
            walking,
            remembering,
            selfcare,
            &self.email,
            &self.phone,
            &self.cell,
            home_1,
            home_2,
            home_3,
            &self.home_code,
            postal_1,
            postal_2,
            postal_3,
            &self.postal_code,
            &self.province,
            &self.popi_consent,
            &self.popi_date,
        ]
    }
}

/// Writes a file of `rows` learners, `mistakes` of which have a mistake; they are spread evenly over the file.
///
/// # Errors
/// If `out` cannot be written, or more rows are wanted than there are birth dates and sequence numbers.
pub fn write_csv(out: &mut impl Write, rows: usize, seed: u64, mistakes: usize) -> io::Result<()> {
    if rows as u64 > BIRTHS {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "more rows than ID numbers"));
    }
    let file = File {
        seed,
        rows,
        mistakes: mistakes.min(rows),
    };
    let mut buffer = CSV_COLUMNS.join(",") + "\r\n";
    for at in 0..rows {
        write_row(&mut buffer, &file.row(at));
        if buffer.len() > BUFFER_BYTES {
            out.write_all(buffer.as_bytes())?;
            buffer.clear();
        }
    }
    out.write_all(buffer.as_bytes())?;
    out.flush()
}

/// One line, quoted where RFC 4180 asks for it.
fn write_row(buffer: &mut String, row: &Row) {
    for (at, cell) in row.cells().into_iter().enumerate() {
        if at > 0 {
            buffer.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
            buffer.push('"');
            buffer.push_str(&cell.replace('"', "\"\""));
            buffer.push('"');
        } else {
            buffer.push_str(cell);
        }
    }
    buffer.push_str("\r\n");
}

/// What a file is made of.
#[derive(Clone, Copy)]
struct File {
    seed: u64,
    rows: usize,
    mistakes: usize,
}

impl File {
    /// The row at this position, with its mistake if it has one.
    fn row(&self, at: usize) -> Row {
        let mut row = self.person(at);
        if let Some(kind) = self.mistake(at) {
            mistakes::make(kind, &mut row, self, at);
        }
        row
    }

    /// Which mistake the row at this position has. The file is cut into as many equal stretches as there are mistakes, and
    /// each has its mistake somewhere in it.
    fn mistake(&self, at: usize) -> Option<usize> {
        let (rows, count, at) = (self.rows as u128, self.mistakes as u128, at as u128);
        let stretch = (at * count + count).div_ceil(rows.max(1)).checked_sub(1)?;
        let starts = |stretch: u128| (stretch * rows).checked_div(count);
        let (from, to) = (starts(stretch)?, starts(stretch + 1)?);
        let mut random = self.random(stretch as u64, 1);
        let chosen = from + u128::from(random.below((to - from) as u64));
        (chosen == at).then_some(stretch as usize)
    }

    /// The learner at this position, without a mistake.
    fn person(&self, at: usize) -> Row {
        let mut random = self.random(at as u64, 0);
        let birth = self.birth(at);
        let mut row = match random.below(100) {
            0..5 => passport(&mut random, birth, at),
            5..8 => refugee(&mut random, birth, at),
            _ => citizen(&mut random, birth),
        };
        background(&mut row, &mut random);
        contact(&mut row, &mut random, at);
        row
    }

    /// Birth date and sequence number of the learner at this position; no other position has both.
    fn birth(&self, at: usize) -> Birth {
        let start = self.random(0, 2).below(BIRTHS);
        let slot = (start + (at as u64 % BIRTHS) * STRIDE) % BIRTHS;
        let day = i64::try_from(slot / SEQUENCES).unwrap_or_default();
        let sequence = u16::try_from(slot % SEQUENCES + 1).unwrap_or(1);
        Birth {
            date: plus_days(BORN_FROM, day),
            sequence,
        }
    }

    /// A stream of numbers for this position and use. What is added is mixed first, so that streams do not overlap.
    fn random(&self, at: u64, purpose: u64) -> SplitMix64 {
        let mixed = SplitMix64::new(at.rotate_left(8) ^ purpose).draw();
        SplitMix64::new(self.seed ^ mixed)
    }
}

/// What an ID number tells of a birth.
#[derive(Clone, Copy)]
struct Birth {
    date: Date,
    sequence: u16,
}

impl Birth {
    const fn is_woman(self) -> bool {
        self.sequence < 5_000
    }
}

fn pick<T>(random: &mut SplitMix64, among: &'static [T]) -> Option<&'static T> {
    among.get(random.below(among.len() as u64) as usize)
}

fn word(random: &mut SplitMix64, among: &'static [&'static str]) -> Text {
    Cow::Borrowed(pick(random, among).copied().unwrap_or_default())
}

fn one_in(random: &mut SplitMix64, many: u64) -> bool {
    random.below(many) == 0
}

fn citizen(random: &mut SplitMix64, birth: Birth) -> Row {
    let (citizenship, status, nationality) = match random.below(200) {
        0..4 => (Citizenship::PermanentResident, "PR", "ROA"),
        4 => (Citizenship::Refugee, "O", "ROA"),
        5 | 6 => (Citizenship::Citizen, "D", "SA"),
        _ => (Citizenship::Citizen, "SA", "SA"),
    };
    let number = SaId::compose(birth.date, birth.sequence, citizenship);
    let group = group(random.below(100));
    let mut row = named(random, group, birth);
    row.id_number = number
        .map(|number| number.expose().to_owned())
        .unwrap_or_default()
        .into();
    row.citizen_status = status.into();
    row.nationality = nationality.into();
    if one_in(random, 10) {
        // Many providers leave out what stands in the number anyway.
        row.birth_date = Text::default();
    }
    row
}

fn passport(random: &mut SplitMix64, birth: Birth, at: usize) -> Row {
    let (nationality, _) = pick(random, COUNTRIES).copied().unwrap_or_default();
    let mut row = named(random, &ABROAD, birth);
    let letters = word(random, &["AE", "BN", "CN", "FN", "EN", "RC", "MA"]);
    row.alternate_id = format!("{letters}{:07}", 1_234_567 + at).into();
    row.alternate_id_type = if one_in(random, 3) {
        "passport".into()
    } else {
        "527".into()
    };
    row.citizen_status = "O".into();
    row.nationality = nationality.into();
    row
}

fn refugee(random: &mut SplitMix64, birth: Birth, at: usize) -> Row {
    let (nationality, letters) = pick(random, COUNTRIES).copied().unwrap_or_default();
    let mut row = named(random, &ABROAD, birth);
    let office = word(random, &["CTR", "PTA", "DBN", "MUS"]);
    row.alternate_id = format!("{office}{letters}{at:06}{:02}", 10 + random.below(16)).into();
    row.alternate_id_type = if one_in(random, 3) {
        "refugee".into()
    } else {
        "565".into()
    };
    row.citizen_status = "O".into();
    row.nationality = nationality.into();
    row
}

fn group(mut of_hundred: u64) -> &'static Group {
    for group in GROUPS {
        match of_hundred.checked_sub(group.share) {
            Some(left) => of_hundred = left,
            None => return group,
        }
    }
    &ABROAD
}

/// A row with name, birth date, gender, language and equity.
fn named(random: &mut SplitMix64, group: &'static Group, birth: Birth) -> Row {
    let (first_names, title, gender, gender_label) = if birth.is_woman() {
        (group.women, word(random, &["Ms", "Ms", "Mrs", "Miss"]), "F", "Female")
    } else {
        (group.men, Text::from("Mr"), "M", "Male")
    };
    let first_name = word(random, first_names);
    let middle_name = if one_in(random, 3) {
        word(random, first_names)
    } else {
        Text::default()
    };
    let mut last_name = word(random, group.surnames);
    if birth.is_woman() && one_in(random, 25) {
        last_name = format!("{last_name}-{}", word(random, group.surnames)).into();
    }
    let birth_date = if one_in(random, 20) {
        format!(
            "{:04}{:02}{:02}",
            birth.date.year(),
            birth.date.month(),
            birth.date.day()
        )
    } else {
        birth.date.to_string()
    };
    Row {
        title: if one_in(random, 6) { Text::default() } else { title },
        middle_name: if middle_name == first_name {
            Text::default()
        } else {
            middle_name
        },
        first_name,
        last_name,
        birth_date: birth_date.into(),
        gender: if one_in(random, 20) {
            gender_label.into()
        } else {
            gender.into()
        },
        equity: word(random, group.equity),
        home_language: group.language.into(),
        ..Row::default()
    }
}

/// Work, disability and consent.
fn background(row: &mut Row, random: &mut SplitMix64) {
    row.socioeconomic_status = word(random, &["02", "02", "02", "01", "01", "06", "03", "10"]);
    row.disability_status = "N".into();
    if one_in(random, 30) {
        row.disability_status = word(random, &["01", "02", "04", "05", "07"]);
        row.ratings = ratings(&row.disability_status, &word(random, &["02", "03", "04"]));
    }
    let agreed = !one_in(random, 120);
    row.popi_consent = if agreed { "yes".into() } else { "no".into() };
    row.popi_date = format!("2026-{:02}-{:02}", 1 + random.below(10), 1 + random.below(28)).into();
}

/// This rating where the disability shows, no difficulty elsewhere.
fn ratings(status: &str, rating: &Text) -> [Text; 6] {
    let where_it_shows: &[usize] = match status {
        "01" => &[0],
        "02" => &[1],
        "04" => &[3],
        "05" => &[4],
        _ => &[3, 5],
    };
    std::array::from_fn(|at| {
        if where_it_shows.contains(&at) {
            rating.clone()
        } else {
            "01".into()
        }
    })
}

/// Mail, telephones and addresses.
fn contact(row: &mut Row, random: &mut SplitMix64, at: usize) {
    if !one_in(random, 12) {
        let local = |name: &str| {
            fold(name)
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .collect::<String>()
        };
        let domain = word(random, &["example.org", "example.com", "example.net", "mail.example"]);
        row.email = format!("{}.{}{at}@{domain}", local(&row.first_name), local(&row.last_name)).into();
    }
    let prefix = word(
        random,
        &[
            "060", "061", "063", "071", "072", "073", "074", "076", "078", "079", "081", "082", "083", "084",
        ],
    );
    let number = random.below(10_000);
    row.cell = match random.below(10) {
        0 => format!("+27 {} 555 {number:04}", prefix.get(1..).unwrap_or_default()),
        1 => format!("{prefix} 555 {number:04}"),
        _ => format!("{prefix}555{number:04}"),
    }
    .into();
    if one_in(random, 7) {
        row.phone = format!("0115550{:03}", random.below(1_000)).into();
    }
    let Some(place) = pick(random, PLACES) else { return };
    let street = word(random, STREETS);
    let house = 1 + random.below(299);
    row.home = match random.below(8) {
        0 => [
            format!("Unit {}, {house} {street}", 1 + random.below(40)).into(),
            place.name.into(),
            Text::default(),
        ],
        1 => [
            format!("Stand {house}").into(),
            format!("Section {}", word(random, &["A", "B", "C", "D"])).into(),
            place.name.into(),
        ],
        _ => [format!("{house} {street}").into(), place.name.into(), Text::default()],
    };
    row.home_code = place.code.into();
    row.province = if one_in(random, 25) {
        province_label(place.province)
    } else {
        place.province.into()
    };
    match random.below(5) {
        0 => {}
        1 => {
            row.postal = [
                format!("P.O. Box {}", 10 + random.below(9_000)).into(),
                place.name.into(),
                Text::default(),
            ];
            row.postal_code = place.code.into();
        }
        _ => {
            row.postal = row.home.clone();
            row.postal_code = place.code.into();
        }
    }
}

/// Some providers write the province's name; the import knows it.
fn province_label(code: &'static str) -> Text {
    let list = skillsyms_core::CodeList::get("province");
    list.and_then(|list| list.label(code)).unwrap_or(code).into()
}

#[cfg(test)]
mod tests;
