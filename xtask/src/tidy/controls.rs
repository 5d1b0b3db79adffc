//! `controls/` carries every promise, once, with all that its reader needs.

use std::collections::BTreeMap;

use super::{Finding, House};

/// The promises: S-01 to S-67 of the learner platform, P-01 to P-140 of the services company.
const SERIES: [(&str, usize); 2] = [("S", 67), ("P", 140)];
const FIELDS: [&str; 9] = [
    "claim",
    "mechanism",
    "proof_kind",
    "proof",
    "section",
    "visibility",
    "cadence",
    "max_age",
    "owner",
];
const PROOF_KINDS: [&str; 6] = ["live", "cfg", "data", "drill", "ci", "attest"];
const VISIBILITIES: [&str; 3] = ["public", "tenant", "internal"];

/// Every id once and none else, every field filled, every word from its list.
pub fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for source in house
        .all()
        .filter(|source| source.path.starts_with("controls/") && source.path.ends_with(".toml"))
    {
        let table: toml::Table = match source.text.parse() {
            Ok(table) => table,
            Err(error) => {
                findings.push(Finding::file(&source.path, format!("not TOML: {error}")));
                continue;
            }
        };
        for control in table
            .get("control")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
        {
            let id = text(control, "id").to_owned();
            findings.extend(faults(control).map(|fault| Finding::file(&source.path, format!("{id}: {fault}"))));
            *seen.entry(id).or_default() += 1;
        }
    }
    findings.extend(ids_once(seen));
    findings
}

fn ids_once(mut seen: BTreeMap<String, usize>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (letter, last) in SERIES {
        for number in 1..=last {
            let id = format!("{letter}-{number:02}");
            match seen.remove(&id) {
                Some(1) => {}
                Some(times) => findings.push(Finding::file("controls/", format!("{id} is there {times} times"))),
                None => findings.push(Finding::file("controls/", format!("{id} is missing"))),
            }
        }
    }
    findings.extend(
        seen.keys()
            .map(|id| Finding::file("controls/", format!("{id} is no promise of the catalogue"))),
    );
    findings
}

fn faults(control: &toml::Value) -> impl Iterator<Item = String> {
    let missing = FIELDS.into_iter().filter(|field| text(control, field).is_empty());
    let mut faults: Vec<String> = missing.map(|field| format!("{field} is missing")).collect();
    let kinds = text(control, "proof_kind");
    if let Some(kind) = kinds.split('+').find(|kind| !PROOF_KINDS.contains(kind)) {
        faults.push(format!("proof_kind {kind} is none of {}", PROOF_KINDS.join(", ")));
    }
    if !VISIBILITIES.contains(&text(control, "visibility")) {
        faults.push(format!("visibility is none of {}", VISIBILITIES.join(", ")));
    }
    faults.into_iter()
}

fn text<'a>(control: &'a toml::Value, field: &str) -> &'a str {
    control.get(field).and_then(toml::Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(skip: &str, twice: &str) -> String {
        let mut file = String::new();
        for (letter, last) in SERIES {
            for number in 1..=last {
                let id = format!("{letter}-{number:02}");
                let times = usize::from(id != skip) + usize::from(id == twice);
                file.push_str(&control(&id).repeat(times));
            }
        }
        file
    }

    fn control(id: &str) -> String {
        format!(
            "[[control]]\nid = \"{id}\"\nclaim = \"c\"\nmechanism = \"m\"\nproof_kind = \"cfg+live\"\nproof = \"p\"\nsection = \"s\"\nvisibility = \"public\"\ncadence = \"1d\"\nmax_age = \"2d\"\nowner = \"o\"\n"
        )
    }

    fn found(file: &str) -> usize {
        check(&House::of(&[("controls/all.toml", file)])).len()
    }

    #[test]
    fn the_full_catalogue_is_well() {
        assert_eq!(found(&all("", "")), 0);
    }

    #[test]
    fn a_missing_a_double_and_a_foreign_id_are_found() {
        assert_eq!(found(&all("S-12", "")), 1);
        assert_eq!(found(&all("", "P-140")), 1);
        assert_eq!(found(&format!("{}{}", all("", ""), control("S-68"))), 1);
    }

    #[test]
    fn an_empty_field_and_a_foreign_word_are_found() {
        assert_eq!(found(&all("", "").replacen("claim = \"c\"", "claim = \"\"", 1)), 1);
        assert_eq!(found(&all("", "").replacen("cfg+live", "hope", 1)), 1);
        assert_eq!(found(&all("", "").replacen("public", "everyone", 1)), 1);
    }
}
