//! Health and metrics, on a loopback listener of their own.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use skillsyms_web::House;

/// Starts to record metrics. Once in a process.
///
/// # Errors
/// If a recorder is installed already.
pub fn record() -> anyhow::Result<PrometheusHandle> {
    Ok(PrometheusBuilder::new().install_recorder()?)
}

#[derive(Clone)]
struct Admin {
    metrics: PrometheusHandle,
    house: House,
}

/// The router of the listener: `/live`, `/ready`, `/metrics`.
pub fn router(metrics: PrometheusHandle, house: House) -> Router {
    Router::new().fallback(answer).with_state(Admin { metrics, house })
}

async fn answer(State(admin): State<Admin>, uri: axum::http::Uri) -> Response {
    match uri.path() {
        "/live" => "live\n".into_response(),
        "/ready" => ready(&admin).await,
        "/metrics" => {
            admin.metrics.run_upkeep();
            admin.metrics.render().into_response()
        }
        _ => (StatusCode::NOT_FOUND, "/live, /ready, /metrics\n").into_response(),
    }
}

/// Ready means: the platform's cell answers.
async fn ready(admin: &Admin) -> Response {
    match admin.house.door().tenants().await {
        Ok(_) => "ready\n".into_response(),
        Err(problem) => (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", problem.code.name)).into_response(),
    }
}
