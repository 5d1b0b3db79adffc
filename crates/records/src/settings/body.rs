//! What the settings are, and what is taken as one.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_core::outcome::{SAMPLE_FLOOR_DEFAULT, SAMPLE_PERCENT_DEFAULT};
use skillsyms_core::person::{Email, Phone, parse_address_line, parse_postal_code};
use skillsyms_core::{CodeList, FieldError, Problem, SamplingRule};

use crate::programmes::plain;

/// Longest registered name, in characters, as for tenants.
const NAME_CHARS_MAX: usize = 200;
/// Longest provider number: the width of `Provider_Code` in the load files.
const NUMBER_CHARS_MAX: usize = 20;
/// Longest web address: it stands on one line of a statement.
const WEBSITE_CHARS_MAX: usize = 200;
/// Lines of an address, as in the load files.
const ADDRESS_LINES_MAX: usize = 3;
/// The quality council, which has no code in the list of quality assurance bodies.
const QCTO: &str = "QCTO";

/// The time zones that can be chosen, as the IANA database names them: those of southern Africa. The first is the default.
pub const TIME_ZONES: &[&str] = &[
    "Africa/Johannesburg",
    "Africa/Blantyre",
    "Africa/Dar_es_Salaam",
    "Africa/Gaborone",
    "Africa/Harare",
    "Africa/Kinshasa",
    "Africa/Luanda",
    "Africa/Lubumbashi",
    "Africa/Lusaka",
    "Africa/Maputo",
    "Africa/Maseru",
    "Africa/Mbabane",
    "Africa/Windhoek",
    "Indian/Antananarivo",
    "Indian/Mauritius",
    "UTC",
];

/// An address of the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostalAddress {
    /// One to three lines.
    pub lines: Vec<String>,
    /// Postal code, 4 digits.
    #[serde(default)]
    pub postal_code: Option<String>,
}

/// What a provider says of itself, and works with. A field that is left out is not set.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderSettings {
    /// Registered name, if it is another than the tenant's.
    pub name: Option<String>,
    /// Provider or accreditation number.
    pub provider_number: Option<String>,
    /// Who accredited the provider: QCTO, or the code or name of a SETA.
    pub quality_body: Option<String>,
    /// Where the provider is.
    pub physical_address: Option<PostalAddress>,
    /// Where its post goes.
    pub postal_address: Option<PostalAddress>,
    /// Telephone of its office.
    pub telephone: Option<String>,
    /// E-mail address of its office.
    pub email: Option<String>,
    /// Its website.
    pub website: Option<String>,
    /// Share of assessments that is moderated in programmes that say nothing, in percent; 25 unless said.
    pub sampling_percent: Option<u8>,
    /// Fewest assessments that are moderated in programmes that say nothing; 3 unless said.
    pub sampling_floor: Option<u32>,
    /// Time zone in which times are shown; Africa/Johannesburg unless said.
    pub time_zone: Option<String>,
}

impl fmt::Debug for ProviderSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderSettings").finish_non_exhaustive()
    }
}

impl ProviderSettings {
    /// What goes for a programme that says nothing of its sampling.
    pub(crate) fn sampling(&self) -> SamplingRule {
        let percent = self.sampling_percent.unwrap_or(SAMPLE_PERCENT_DEFAULT);
        SamplingRule::new(percent, self.sampling_floor.unwrap_or(SAMPLE_FLOOR_DEFAULT)).unwrap_or_default()
    }

    /// The settings with the defaults in the place of what is not set.
    pub(crate) fn effective(mut self) -> Self {
        let sampling = self.sampling();
        self.sampling_percent = Some(sampling.percent());
        self.sampling_floor = Some(sampling.floor());
        self.time_zone = self
            .time_zone
            .or_else(|| TIME_ZONES.first().map(|zone| (*zone).to_owned()));
        self
    }

    /// Checks every field, and brings it into one form.
    pub(crate) fn checked(&self) -> Result<Self, Problem> {
        let mut check = Check(Vec::new());
        let sampling = SamplingRule::new(
            self.sampling_percent.unwrap_or(SAMPLE_PERCENT_DEFAULT),
            self.sampling_floor.unwrap_or(SAMPLE_FLOOR_DEFAULT),
        );
        check.keep(sampling.map_err(|error| error.at("/sampling_percent")));
        let checked = Self {
            name: check.text(&self.name, |text| plain::line(text, "/name", NAME_CHARS_MAX)),
            provider_number: check.text(&self.provider_number, |text| {
                plain::line(text, "/provider_number", NUMBER_CHARS_MAX)
            }),
            quality_body: check.text(&self.quality_body, quality_body),
            physical_address: check.address(self.physical_address.as_ref(), "/physical_address"),
            postal_address: check.address(self.postal_address.as_ref(), "/postal_address"),
            telephone: check.text(&self.telephone, |text| {
                let phone = Phone::parse(text).map_err(|error| error.at("/telephone"))?;
                Ok(phone.expose().to_owned())
            }),
            email: check.text(&self.email, |text| {
                let email = Email::parse(text).map_err(|error| error.at("/email"))?;
                Ok(email.expose().to_owned())
            }),
            website: check.text(&self.website, website),
            sampling_percent: self.sampling_percent,
            sampling_floor: self.sampling_floor,
            time_zone: check.text(&self.time_zone, time_zone),
        };
        if check.0.is_empty() {
            Ok(checked)
        } else {
            Err(Problem::invalid(check.0))
        }
    }
}

/// What is wrong so far.
struct Check(Vec<FieldError>);

impl Check {
    fn keep<T>(&mut self, read: Result<T, FieldError>) -> Option<T> {
        read.map_err(|error| self.0.push(error)).ok()
    }

    /// A field that is empty is not set.
    fn text(
        &mut self,
        field: &Option<String>,
        read: impl FnOnce(&str) -> Result<String, FieldError>,
    ) -> Option<String> {
        let text = field.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
        self.keep(read(text))
    }

    fn address(&mut self, address: Option<&PostalAddress>, field: &'static str) -> Option<PostalAddress> {
        let address = address?;
        let lines: Vec<&str> = address.lines.iter().map(|line| line.trim()).collect();
        let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        let code = address
            .postal_code
            .as_deref()
            .map(str::trim)
            .filter(|code| !code.is_empty());
        if lines.is_empty() && code.is_none() {
            return None;
        }
        if lines.is_empty() || lines.len() > ADDRESS_LINES_MAX {
            self.0.push(FieldError {
                field: field.into(),
                code: "settings.address",
                message: "Give the address in one to three lines, and the postal code by itself.",
            });
            return None;
        }
        let read = lines
            .into_iter()
            .map(|line| parse_address_line(line).map_err(|error| error.at(field)));
        let lines = self.keep(read.collect::<Result<Vec<_>, _>>());
        let postal_code = code.map(|code| self.keep(parse_postal_code(code).map_err(|error| error.at(field))));
        Some(PostalAddress {
            lines: lines?,
            postal_code: postal_code.flatten(),
        })
    }
}

/// The name by which a quality assurance body is known, however it was written.
fn quality_body(text: &str) -> Result<String, FieldError> {
    if text.eq_ignore_ascii_case(QCTO) {
        return Ok(QCTO.to_owned());
    }
    let list = CodeList::get("quality_assurance_body");
    let label = list.and_then(|list| list.label(list.accept(text)?));
    label.map(str::to_owned).ok_or_else(|| FieldError {
        field: "/quality_body".into(),
        code: "settings.quality_body",
        message: "Give QCTO, or the name or code of a SETA or another quality assurance body.",
    })
}

/// An address that a browser can open and that has no place to hide anything in: no user, no spaces, no quotes.
fn website(text: &str) -> Result<String, FieldError> {
    let refused = || FieldError {
        field: "/website".into(),
        code: "settings.website",
        message: "Write the address as in a browser, for example https://www.example.org.za.",
    };
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let rest = rest.ok_or_else(refused)?;
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let is_name =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_host = host.contains('.') && host.split('.').all(is_name);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#&=%+,".contains(&byte);
    if is_host && rest.bytes().all(is_plain) && text.len() <= WEBSITE_CHARS_MAX {
        Ok(text.to_owned())
    } else {
        Err(refused())
    }
}

fn time_zone(text: &str) -> Result<String, FieldError> {
    let found = TIME_ZONES.iter().find(|zone| zone.eq_ignore_ascii_case(text));
    found.map(|zone| (*zone).to_owned()).ok_or_else(|| FieldError {
        field: "/time_zone".into(),
        code: "settings.time_zone",
        message: "Give a time zone of southern Africa by its IANA name, for example Africa/Johannesburg.",
    })
}
