//! The demo: plays the main job, then serves it.

pub mod client;
pub mod synthetic;

/// Options of the demo.
#[derive(clap::Args)]
pub struct Options {}

/// Plays the main job.
///
/// # Errors
/// What went wrong.
pub async fn run(_options: Options) -> anyhow::Result<()> {
    Ok(())
}
