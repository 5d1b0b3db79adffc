//! The first line of a file: which separator, which columns.

use std::collections::HashSet;

use skillsyms_core::person::{CSV_COLUMNS, CSV_COLUMNS_REQUIRED};
use skillsyms_core::{FieldError, Problem};

use super::fault::FileFault;
use super::spelling::{other_name, plain};

/// Most columns in a file: twice what the template has.
pub const COLUMNS_MAX: usize = 64;
/// The two columns of which one must be there.
const ID_COLUMNS: [&str; 2] = ["id_number", "alternate_id"];
/// Separators that are accepted, the likelier first.
const SEPARATORS: [u8; 2] = [b',', b';'];

/// Which column of the file is which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// In the order of the file; empty for one that is left out.
    columns: Vec<&'static str>,
}

/// What somebody says that the columns of a file mean, in its order; nothing for one that is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns(Vec<Option<&'static str>>);

impl Columns {
    /// Reads the names of our columns, an empty one for a column that is left out.
    ///
    /// # Errors
    /// `import.column` at those that are no names of ours.
    pub fn parse(names: &[impl AsRef<str>]) -> Result<Self, Problem> {
        let of = |name: &str| CSV_COLUMNS.iter().copied().find(|column| *column == name);
        let found = names.iter().map(|name| (name.as_ref(), of(name.as_ref())));
        let wrong = (0..)
            .zip(found.clone())
            .filter(|(_, (name, column))| !name.is_empty() && column.is_none());
        let fields: Vec<FieldError> = wrong
            .map(|(at, _)| FieldError {
                field: format!("/columns/{at}").into(),
                code: "import.column",
                message: "Choose a column of the template, or leave this one out.",
            })
            .collect();
        if fields.is_empty() {
            Ok(Self(found.map(|(_, column)| column).collect()))
        } else {
            Err(Problem::invalid(fields))
        }
    }

    /// What the first line says, as far as it is understood. Of two columns that say the same, the first is taken.
    pub(super) fn guess<'row>(cells: impl Iterator<Item = &'row str>) -> Self {
        let mut seen = HashSet::new();
        Self(
            cells
                .map(|cell| column(cell).filter(|name| seen.insert(*name)))
                .collect(),
        )
    }

    /// The meaning of the column at this position, from 0.
    #[must_use]
    pub fn meaning(&self, at: usize) -> Option<&'static str> {
        self.0.get(at).copied().flatten()
    }
}

impl Header {
    /// Reads the cells of the first line.
    ///
    /// # Errors
    /// [`FileFault`] if columns are missing, unknown or there twice.
    pub fn read<'row>(cells: impl Iterator<Item = &'row str>) -> Result<Self, FileFault> {
        let found: Vec<Option<&'static str>> = cells.map(column).collect();
        if found.len() > COLUMNS_MAX {
            return Err(FileFault::TooManyColumns);
        }
        let header = Self::whole(found.iter().map(|column| column.unwrap_or_default()).collect())?;
        let unknown: Vec<usize> = found
            .iter()
            .zip(1..)
            .filter(|(column, _)| column.is_none())
            .map(|(_, position)| position)
            .collect();
        if unknown.is_empty() {
            Ok(header)
        } else {
            Err(FileFault::UnknownColumns(unknown))
        }
    }

    /// A file with so many columns, as somebody says what they mean.
    ///
    /// # Errors
    /// [`FileFault`] if columns are missing or there twice, or another number of columns is spoken of.
    pub fn said(Columns(columns): &Columns, count: usize) -> Result<Self, FileFault> {
        if count > COLUMNS_MAX {
            return Err(FileFault::TooManyColumns);
        }
        if columns.len() != count {
            return Err(FileFault::OtherColumns { count });
        }
        Self::whole(columns.iter().map(|column| column.unwrap_or_default()).collect())
    }

    /// These columns, if none that is needed is missing and none is there twice.
    fn whole(columns: Vec<&'static str>) -> Result<Self, FileFault> {
        let named: Vec<&'static str> = columns.iter().copied().filter(|name| !name.is_empty()).collect();
        let missing = missing(&named);
        if !missing.is_empty() {
            return Err(FileFault::MissingColumns(missing));
        }
        let is_twice = |name: &&'static str| named.iter().filter(|other| *other == name).count() > 1;
        let twice: Vec<&'static str> = CSV_COLUMNS.iter().copied().filter(is_twice).collect();
        if twice.is_empty() {
            Ok(Self { columns })
        } else {
            Err(FileFault::DuplicateColumns(twice))
        }
    }

    /// So many columns, none of which is read: only to show them.
    pub(super) fn unread(count: usize) -> Self {
        Self {
            columns: vec![""; count],
        }
    }

    /// The columns, in the order of the file; empty for one that is left out.
    #[must_use]
    pub fn columns(&self) -> &[&'static str] {
        &self.columns
    }

    /// The name of the column at this position, from 0; empty if it is left out, or there is none.
    #[must_use]
    pub fn name(&self, at: usize) -> &'static str {
        self.columns.get(at).copied().unwrap_or("")
    }

    /// Whether the column at this position is in the file and is not read.
    #[must_use]
    pub fn is_left_out(&self, at: usize) -> bool {
        self.columns.get(at).is_some_and(|name| name.is_empty())
    }

    /// The cell of this column in a row.
    #[must_use]
    pub fn cell<'row>(&self, cells: &'row [String], name: &str) -> Option<&'row str> {
        let at = self.columns.iter().position(|column| *column == name)?;
        cells.get(at).map(String::as_str)
    }
}

/// The separator that makes more columns of the first line.
///
/// # Errors
/// [`FileFault::Delimiter`] if neither comma nor semicolon makes any, and something else seems to separate.
pub fn separator(first_line: &str) -> Result<u8, FileFault> {
    let known = |separator: u8| {
        first_line
            .split(char::from(separator))
            .filter(|cell| column(cell).is_some())
            .count()
    };
    let best = SEPARATORS
        .into_iter()
        .max_by_key(|separator| (known(*separator), *separator == b','))
        .unwrap_or(b',');
    if known(best) < 2 && [b'\t', b'|'].into_iter().any(|other| known(other) > known(best)) {
        return Err(FileFault::Delimiter);
    }
    Ok(best)
}

fn column(cell: &str) -> Option<&'static str> {
    let name = plain(cell);
    let known = CSV_COLUMNS.iter().copied().find(|column| *column == name);
    known.or_else(|| other_name(&name))
}

fn missing(named: &[&'static str]) -> Vec<&'static str> {
    let mut missing: Vec<&'static str> = CSV_COLUMNS_REQUIRED
        .iter()
        .copied()
        .filter(|column| !named.contains(column))
        .collect();
    if !ID_COLUMNS.iter().any(|column| named.contains(column)) {
        missing.insert(0, "id_number");
    }
    if named.contains(&"alternate_id") && !named.contains(&"alternate_id_type") {
        missing.push("alternate_id_type");
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Header, FileFault> {
        Header::read(line.split(char::from(separator(line)?)))
    }

    #[test]
    fn commas_and_semicolons_are_told_apart() {
        assert_eq!(separator(&CSV_COLUMNS.join(",")), Ok(b','));
        assert_eq!(separator(&CSV_COLUMNS.join(";")), Ok(b';'));
        assert_eq!(separator(&CSV_COLUMNS.join("\t")), Err(FileFault::Delimiter));
        assert_eq!(separator(&CSV_COLUMNS.join("|")), Err(FileFault::Delimiter));
        assert_eq!(separator("9001014800089,Thandi,Dlamini"), Ok(b','));
    }

    #[test]
    fn names_are_read_in_any_case_and_with_spaces() {
        let line = CSV_COLUMNS.join(",").to_uppercase().replace('_', " ");
        assert_eq!(read(&line).unwrap().columns(), CSV_COLUMNS);
        assert_eq!(read(&CSV_COLUMNS.join(";")).unwrap().name(0), "id_number");
    }

    #[test]
    fn a_file_with_the_names_of_the_nlrd_is_read() {
        let line = "National_Id;Person_Title;Person_First_Name;Person_Last_Name;Gender_Code;Equity_Code;Nationality_Code;\
            Home_Language_Code;Citizen_Resident_Status_Code;Socioeconomic_Status_Code;Disability_Status_Code;\
            Person_Email_Address;Person_Home_Address_1;Person_Home_Address_2;Person_Home_Addr_Postal_Code;Province_Code;\
            popi_consent;popi_date";
        let header = read(line).unwrap();
        assert_eq!(header.name(0), "id_number");
        assert_eq!(header.name(15), "province");
        // Two names of one column are one column twice.
        let twice = read(&format!("{line};surname"));
        assert_eq!(twice, Err(FileFault::DuplicateColumns(vec!["last_name"])));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let all = CSV_COLUMNS.join(",");
        assert_eq!(
            read(&all.replace(",province", "")),
            Err(FileFault::MissingColumns(vec!["province"]))
        );
        assert_eq!(
            read(&format!("{all},employer,")),
            Err(FileFault::UnknownColumns(vec![36, 37]))
        );
        assert_eq!(
            read(&format!("{all},email")),
            Err(FileFault::DuplicateColumns(vec!["email"]))
        );
        assert_eq!(
            read(&format!("{all}{}", ",x".repeat(64))),
            Err(FileFault::TooManyColumns)
        );
        let Err(FileFault::MissingColumns(missing)) = read("9001014800089,Thandi,Dlamini") else {
            panic!()
        };
        assert_eq!(missing.len(), CSV_COLUMNS_REQUIRED.len() + 1);
    }

    #[test]
    fn what_somebody_says_is_held_against_the_file() {
        let named = ["National No", "Naam", "Van", "Shoe size", "First name"];
        let guess = Columns::guess(["id_number", "Surname", "Shoe size", "last name"].into_iter());
        let meanings: Vec<_> = (0..5).map(|at| guess.meaning(at)).collect();
        assert_eq!(meanings, [Some("id_number"), Some("last_name"), None, None, None]);
        let wrong = Columns::parse(&named).unwrap_err();
        let fields: Vec<_> = wrong.fields.iter().map(|field| field.field.as_ref()).collect();
        assert_eq!(fields.len(), named.len());
        assert_eq!(fields[0], "/columns/0");
        let mut all: Vec<&str> = CSV_COLUMNS.to_vec();
        all.insert(1, "");
        let said = Columns::parse(&all).unwrap();
        let header = Header::said(&said, all.len()).unwrap();
        assert_eq!(
            (header.name(0), header.name(1), header.name(2)),
            ("id_number", "", CSV_COLUMNS[1])
        );
        let of = |names: &[&str], count| Header::said(&Columns::parse(names).unwrap(), count);
        assert_eq!(of(&all, 5), Err(FileFault::OtherColumns { count: 5 }));
        assert_eq!(of(&["id_number"], 65), Err(FileFault::TooManyColumns));
        assert!(matches!(of(&["id_number"], 1), Err(FileFault::MissingColumns(_))));
        all[1] = "email";
        assert_eq!(of(&all, all.len()), Err(FileFault::DuplicateColumns(vec!["email"])));
    }

    #[test]
    fn a_missing_header_does_not_repeat_somebodys_data() {
        let problem = read("9001014800089,Thandi,Dlamini").unwrap_err().problem();
        assert!(!format!("{problem:?} {problem}").contains("9001014800089"));
        let line = format!("{},9001014800089", CSV_COLUMNS.join(","));
        let problem = read(&line).unwrap_err().problem();
        assert!(!format!("{problem:?} {problem}").contains("9001014800089"));
        assert_eq!(problem.fields.first().unwrap().field, "column 36");
    }
}
