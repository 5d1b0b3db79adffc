//! The test vectors of the domain reference (section 2.4), and what must hold for every number.

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;

const TODAY: Date = date(2026, 11, 22);

/// The way Home Affairs describes the check digit, written by itself so that it can disagree with ours.
fn home_affairs_digit(twelve: &str) -> u32 {
    let digit = |at: usize| u32::from(twelve.as_bytes()[at] - b'0');
    let odd: u32 = (0..12).step_by(2).map(digit).sum();
    let even: String = twelve.chars().skip(1).step_by(2).collect();
    let doubled = (even.parse::<u64>().unwrap() * 2).to_string();
    let even_sum: u32 = doubled.bytes().map(|byte| u32::from(byte - b'0')).sum();
    (10 - (odd + even_sum) % 10) % 10
}

/// Number, Luhn sum, gender, citizenship, birth date in 19YY and in 20YY.
type Valid = (&'static str, u32, &'static str, Citizenship, &'static [&'static str]);

#[rustfmt::skip]
const VALID: &[Valid] = &[
    ("8001015009087", 40, "M", Citizenship::Citizen, &["1980-01-01", "2080-01-01"]),
    ("9001014800089", 40, "F", Citizenship::Citizen, &["1990-01-01", "2090-01-01"]),
    ("8506151234083", 40, "F", Citizenship::Citizen, &["1985-06-15", "2085-06-15"]),
    ("8506156234088", 50, "M", Citizenship::Citizen, &["1985-06-15", "2085-06-15"]),
    ("0002295011080", 30, "M", Citizenship::Citizen, &["2000-02-29"]),
    ("0512319999193", 60, "M", Citizenship::PermanentResident, &["1905-12-31", "2005-12-31"]),
    ("2002024951182", 40, "F", Citizenship::PermanentResident, &["1920-02-02", "2020-02-02"]),
    ("2002024951281", 40, "F", Citizenship::Refugee, &["1920-02-02", "2020-02-02"]),
    ("2606305001085", 30, "M", Citizenship::Citizen, &["1926-06-30", "2026-06-30"]),
    ("8909025012083", 50, "M", Citizenship::Citizen, &["1989-09-02", "2089-09-02"]),
    ("8801235111088", 50, "M", Citizenship::Citizen, &["1988-01-23", "2088-01-23"]),
];

#[test]
fn valid_vectors() {
    for (text, sum, gender, citizenship, dates) in VALID {
        let id = SaId::parse(text).unwrap_or_else(|reason| panic!("{text}: {}", reason.code()));
        assert_eq!(luhn_sum(text.bytes().rev(), Doubled::Second), *sum, "{text}");
        assert_eq!(id.gender().as_str(), *gender, "{text}");
        assert_eq!(id.citizenship(), *citizenship, "{text}");
        let candidates: Vec<_> = id.birth_date_candidates().iter().map(ToString::to_string).collect();
        assert_eq!(candidates, *dates, "{text}");
        assert!(id.warnings().is_empty(), "{text}");
        assert_eq!(id.expose(), *text);
    }
}

#[test]
fn an_old_race_digit_is_a_warning() {
    let id = SaId::parse("7203047000008").unwrap();
    assert_eq!(id.warnings(), [SaIdWarning::OldRaceDigit]);
}

#[test]
fn invalid_vectors() {
    use SaIdError as E;
    let vectors = [
        ("8001015009088", E::Checksum),
        ("8001015009078", E::Checksum),
        ("8010015009087", E::Checksum),
        ("8001014009087", E::Checksum),
        ("8013015009082", E::Month),
        ("8002305009084", E::Day),
        ("0102294800085", E::Day),
        ("8000015009089", E::Month),
        ("8001005009089", E::Day),
        ("8001015009384", E::Citizenship),
        ("9901010000081", E::Sequence),
        ("0000000000000", E::AllSame),
        ("1111111111111", E::AllSame),
        ("8090015009080", E::Month),
        ("8510105114085", E::Checksum),
        ("9001015009087", E::Checksum),
        ("9205235123080", E::Checksum),
        ("800101500908", E::Length),
        ("80010150090870", E::Length),
        ("8001015009O87", E::Character),
        // What else arrives in files.
        ("", E::Empty),
        ("   ", E::Empty),
        ("800101 5009 087", E::Character),
        ("'8001015009087", E::Character),
        ("8001015009087.0", E::Character),
        ("-001015009087", E::Character),
        ("８００１０１５００９０８７", E::Character),
        ("8.00101E+12", E::ScientificNotation),
        ("8.00102e12", E::ScientificNotation),
        ("8,00102E+12", E::ScientificNotation),
        ("E+12", E::Character),
        ("512319999193", E::LostLeadingZero),
        ("2295011080", E::LostLeadingZero),
        ("512319999194", E::Length),
        ("1", E::Length),
    ];
    for (text, reason) in vectors {
        assert_eq!(SaId::parse(text).err(), Some(reason), "{text}");
    }
}

#[test]
fn luhn_does_not_see_a_swap_of_nine_and_zero() {
    assert_eq!(
        SaId::parse("8009015009080").unwrap().birth_date_candidates()[0],
        date(1980, 9, 1)
    );
    assert!(luhn_holds(b"8090015009080"));
}

#[test]
fn every_reason_has_a_code_of_its_own_and_says_what_to_do() {
    let codes: std::collections::BTreeSet<_> = SaIdError::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), SaIdError::ALL.len());
    assert!(
        SaIdError::ALL
            .iter()
            .all(|reason| reason.message().ends_with('.') && reason.message().len() > 20)
    );
}

#[test]
fn the_number_prints_masked() {
    let id = SaId::parse(" 8001015009087 ").unwrap();
    assert_eq!(id.to_string(), "*********9087");
    assert_eq!(format!("{id:?}"), "SaId(*********9087)");
    assert_eq!(format!("{id:#?}"), "SaId(*********9087)");
    assert_eq!(id.masked(), "*********9087");
    let born = id.birth_date(TODAY, 15, None).unwrap();
    assert!(!format!("{born:?}").contains("1980"));
}

#[test]
fn the_century_follows_when_only_one_is_possible() {
    let born = |text: &str, min_age| {
        SaId::parse(text)
            .unwrap()
            .birth_date(TODAY, min_age, None)
            .map(|born| born.date)
    };
    assert_eq!(born("8001015009087", 15), Ok(date(1980, 1, 1)));
    assert_eq!(born("0002295011080", 15), Ok(date(2000, 2, 29)));
    assert_eq!(
        born("0512319999193", 0),
        Ok(date(2005, 12, 31)),
        "1905 is more than 110 years back"
    );
    // Without a least age both centuries remain, with one only the earlier.
    assert_eq!(born("2606305001085", 0), Err(BirthDateError::Ambiguous));
    assert_eq!(born("2606305001085", 15), Ok(date(1926, 6, 30)));
    assert_eq!(born("2002024951182", 0), Err(BirthDateError::Ambiguous));
    assert_eq!(born("2002024951182", 6), Err(BirthDateError::Ambiguous));
    assert_eq!(born("2002024951182", 15), Ok(date(1920, 2, 2)));
}

#[test]
fn a_stated_date_decides_or_is_refused() {
    let id = SaId::parse("2002024951182").unwrap();
    let stated = |date, min_age| id.birth_date(TODAY, min_age, Some(date));
    let born = stated(date(2020, 2, 2), 0).unwrap();
    assert_eq!((born.date, born.source), (date(2020, 2, 2), BirthDateSource::Stated));
    assert_eq!(stated(date(1920, 2, 2), 15).map(|born| born.date), Ok(date(1920, 2, 2)));
    assert_eq!(stated(date(2020, 2, 2), 15), Err(BirthDateError::TooYoung));
    assert_eq!(stated(date(1920, 2, 3), 15), Err(BirthDateError::Mismatch));
    let future = SaId::parse("8001015009087").unwrap();
    assert_eq!(
        future.birth_date(TODAY, 15, Some(date(2080, 1, 1))),
        Err(BirthDateError::Future)
    );
}

#[test]
fn a_learner_too_young_is_told_so() {
    let id = SaId::compose(date(2010, 5, 4), 5001, Citizenship::Citizen).unwrap();
    assert_eq!(id.birth_date(date(2026, 5, 3), 16, None), Err(BirthDateError::TooYoung));
    assert_eq!(
        id.birth_date(date(2026, 5, 4), 16, None).map(|born| born.date),
        Ok(date(2010, 5, 4))
    );
}

fn any_birth() -> impl Strategy<Value = Date> {
    (1900_i16..=2099, 1_i8..=12, 1_i8..=31)
        .prop_filter_map("no such day", |(year, month, day)| Date::new(year, month, day).ok())
}

proptest! {
    #[test]
    fn both_forms_of_the_check_digit_are_equal(twelve in "[0-9]{12}") {
        prop_assert_eq!(check_digit(&twelve).map(u32::from), Some(home_affairs_digit(&twelve)));
    }

    #[test]
    fn a_composed_number_reads_back(birth in any_birth(), sequence in 1_u16..=9999, which in 0_usize..3) {
        let citizenship = Citizenship::ALL[which];
        let id = SaId::compose(birth, sequence, citizenship).unwrap();
        prop_assert!(id.birth_date_candidates().contains(&birth));
        prop_assert_eq!(id.gender() == SequenceGender::Male, sequence >= 5000);
        prop_assert_eq!(id.citizenship(), citizenship);
        prop_assert_eq!(SaId::parse(id.expose()).unwrap(), id);
    }

    #[test]
    fn one_wrong_digit_is_always_seen(birth in any_birth(), sequence in 1_u16..=9999, at in 0_usize..13, other in 0_u8..10) {
        let id = SaId::compose(birth, sequence, Citizenship::Citizen).unwrap();
        let mut bytes = id.expose().as_bytes().to_vec();
        prop_assume!(bytes[at] != other + b'0');
        bytes[at] = other + b'0';
        prop_assert_eq!(SaId::parse(std::str::from_utf8(&bytes).unwrap()).err(), Some(SaIdError::Checksum));
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_fault(text in "\\PC{0,20}") {
        if let Ok(id) = SaId::parse(&text) {
            prop_assert_eq!(id.expose(), text.trim());
        }
    }

    #[test]
    fn what_prints_never_holds_the_first_nine_digits(birth in any_birth(), sequence in 1_u16..=9999) {
        let id = SaId::compose(birth, sequence, Citizenship::Citizen).unwrap();
        for printed in [format!("{id}"), format!("{id:?}")] {
            prop_assert!(!printed.contains(&id.expose()[..6]));
            prop_assert_eq!(printed.bytes().filter(u8::is_ascii_digit).count(), 4);
        }
    }
}
