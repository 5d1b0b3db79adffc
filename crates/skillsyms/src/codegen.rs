//! Generated files: made from registry, policies and routes; committed; compared in CI.

use skillsyms_door::matrix;
use skillsyms_door::policy::{Policies, schema_text};

use skillsyms_web::routes::Routes;

use crate::house;

/// What can be generated.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Artefact {
    /// `policies/matrix.txt`: roles and acts.
    Matrix,
    /// `policies/skillsyms.cedarschema`: the schema that policies are checked against.
    Schema,
    /// `docs/openapi.json`: the API.
    Openapi,
}

/// The text of an artefact.
///
/// # Errors
/// If the registry or the policies are not fit.
pub fn generate(artefact: Artefact) -> anyhow::Result<String> {
    let registry = house::registry()?;
    let policies = Policies::load(&registry)?;
    policies.validate(&registry)?;
    Ok(match artefact {
        Artefact::Matrix => matrix::render(&registry, &policies),
        Artefact::Schema => schema_text(&registry),
        Artefact::Openapi => {
            let document = skillsyms_web::openapi::document(&Routes::all());
            serde_json::to_string_pretty(&document)? + "\n"
        }
    })
}
