//! What the demo's providers say of themselves, so that their statements of results have all that is mandatory.

use serde_json::json;

use super::play::Play;

/// The version of settings that nobody changed yet.
const FIRST_VERSION: i64 = 1;

impl Play<'_> {
    /// Sets the provider's letterhead.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn letterhead(&self, name: &str) -> anyhow::Result<()> {
        let settings = json!({
            "name": name,
            "provider_number": "SDP-DEMO-001",
            "quality_body": "QCTO",
            "physical_address": { "lines": ["12 Example Street", "Braamfontein"], "postal_code": "2017" },
            "telephone": "011 555 0100",
            "email": "results@provider.example",
        });
        let mut admin = self.as_role("admin").await?;
        admin.put("/api/v1/settings", FIRST_VERSION, &settings).await?.ok()?;
        Ok(())
    }
}
