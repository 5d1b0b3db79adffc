//! The provider as a statement of results names it: registered name, number, address and contact are mandatory there, as far
//! as they are set.

use skillsyms_cells::Read;
use skillsyms_door::{Cx, Fault};

use super::body::{PostalAddress, ProviderSettings};
use super::rows;
use crate::statements::Provider;

/// The provider at present; `known` says what is known of it outside its cell.
pub(crate) fn letterhead(cx: &Cx, tx: &mut Read<'_>, known: &Provider) -> Result<Provider, Fault> {
    Ok(over(known, rows::present(cx.keys(), tx)?))
}

fn over(known: &Provider, set: ProviderSettings) -> Provider {
    let contact = joined([set.telephone, set.email, set.website]);
    let number = match (set.provider_number, set.quality_body) {
        (Some(number), Some(body)) => Some(format!("{number} ({body})")),
        (number, None) => number,
        (None, Some(body)) => Some(format!("accredited with {body}")),
    };
    let postal = set
        .postal_address
        .filter(|postal| Some(postal) != set.physical_address.as_ref());
    let address = joined([
        set.physical_address.map(|address| line(&address)),
        postal.map(|address| format!("postal: {}", line(&address))),
    ]);
    Provider {
        name: set.name.unwrap_or_else(|| known.name.clone()),
        number: number.or_else(|| known.number.clone()),
        code: known.code.clone(),
        address: address.or_else(|| known.address.clone()),
        contact: contact.or_else(|| known.contact.clone()),
    }
}

fn line(address: &PostalAddress) -> String {
    let parts: Vec<&str> = address
        .lines
        .iter()
        .chain(&address.postal_code)
        .map(String::as_str)
        .collect();
    parts.join(", ")
}

fn joined<const N: usize>(parts: [Option<String>; N]) -> Option<String> {
    let given: Vec<String> = parts.into_iter().flatten().collect();
    (!given.is_empty()).then(|| given.join("; "))
}
