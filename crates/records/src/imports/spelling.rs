//! Other names of the columns: those of the NLRD's file 25 and SETMIS' file 400, which providers have from their quality assurance
//! bodies, and what is usually written above a column by hand. Only what can mean nothing else stands here.

/// Another name, as [`plain`] writes it, and the column that it means.
const OTHER_NAMES: &[(&str, &str)] = &[
    // NLRD 25 and SETMIS 400.
    ("national_id", "id_number"),
    ("person_alternate_id", "alternate_id"),
    ("alternative_id_type", "alternate_id_type"),
    ("equity_code", "equity"),
    ("nationality_code", "nationality"),
    ("home_language_code", "home_language"),
    ("gender_code", "gender"),
    ("citizen_resident_status_code", "citizen_status"),
    ("socioeconomic_status_code", "socioeconomic_status"),
    ("disability_status_code", "disability_status"),
    ("person_last_name", "last_name"),
    ("person_first_name", "first_name"),
    ("person_middle_name", "middle_name"),
    ("person_title", "title"),
    ("person_birth_date", "birth_date"),
    ("person_home_address_1", "home_address_1"),
    ("person_home_address_2", "home_address_2"),
    ("person_home_address_3", "home_address_3"),
    ("person_postal_address_1", "postal_address_1"),
    ("person_postal_address_2", "postal_address_2"),
    ("person_postal_address_3", "postal_address_3"),
    ("person_home_addr_postal_code", "home_address_code"),
    ("person_postal_addr_post_code", "postal_address_code"),
    ("person_phone_number", "phone"),
    ("person_cell_phone_number", "cell"),
    ("person_email_address", "email"),
    ("province_code", "province"),
    ("seeing_rating_id", "seeing_rating"),
    ("hearing_rating_id", "hearing_rating"),
    ("communicating_rating_id", "communicating_rating"),
    ("communication_rating_id", "communicating_rating"),
    ("walking_rating_id", "walking_rating"),
    ("remembering_rating_id", "remembering_rating"),
    ("selfcare_rating_id", "selfcare_rating"),
    ("popi_act_status_date", "popi_date"),
    // As people write it.
    ("sa_id", "id_number"),
    ("sa_id_number", "id_number"),
    ("rsa_id_number", "id_number"),
    ("identity_number", "id_number"),
    ("id_no", "id_number"),
    ("first_names", "first_name"),
    ("firstname", "first_name"),
    ("forename", "first_name"),
    ("middle_names", "middle_name"),
    ("surname", "last_name"),
    ("lastname", "last_name"),
    ("family_name", "last_name"),
    ("date_of_birth", "birth_date"),
    ("birthdate", "birth_date"),
    ("dob", "birth_date"),
    ("sex", "gender"),
    ("e_mail", "email"),
    ("email_address", "email"),
    ("telephone", "phone"),
    ("telephone_number", "phone"),
    ("phone_number", "phone"),
    ("mobile", "cell"),
    ("mobile_number", "cell"),
    ("cellphone", "cell"),
    ("cell_phone", "cell"),
    ("cell_number", "cell"),
    ("cellphone_number", "cell"),
];

/// A name as all of them are compared: in small letters, words joined by `_`, without what a spreadsheet puts around it.
#[must_use]
pub fn plain(cell: &str) -> String {
    let cell = cell.trim().trim_matches('"').trim().trim_end_matches(['*', ':', '.']);
    let words = cell
        .split([' ', '-', '_', '.', '\u{a0}'])
        .filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_")
}

/// The column that another name means.
#[must_use]
pub fn other_name(plain: &str) -> Option<&'static str> {
    let found = OTHER_NAMES.iter().find(|(name, _)| *name == plain);
    found.map(|(_, column)| *column)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use skillsyms_core::person::CSV_COLUMNS;

    use super::*;

    #[test]
    fn each_other_name_means_one_column_that_there_is() {
        let mut seen = HashSet::new();
        for (name, column) in OTHER_NAMES {
            assert!(CSV_COLUMNS.contains(column), "{column}");
            assert!(!CSV_COLUMNS.contains(name), "{name} is a column itself");
            assert_eq!(plain(name), *name);
            assert!(seen.insert(name), "{name} twice");
        }
    }

    #[test]
    fn names_are_compared_without_what_is_around_them() {
        for cell in [
            "National_Id",
            " \"National ID\" ",
            "NATIONAL-ID",
            "National  Id *",
            "national\u{a0}id:",
        ] {
            assert_eq!(other_name(&plain(cell)), Some("id_number"), "{cell}");
        }
        for cell in ["9001014800089", "", "id", "code", "national_id_2"] {
            assert_eq!(other_name(&plain(cell)), None, "{cell}");
        }
    }
}
