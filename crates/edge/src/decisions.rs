//! What each layer did to a request. The record travels in the request's extensions, and its refusals are counted,
//! so that every layer can be asked and the detections see what was turned away.

use std::sync::{Arc, Mutex, PoisonError};

/// A layer of the edge, by the name that events and metrics use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// Limits on connections and on the head of a request.
    Connection,
    /// Transport encryption.
    Tls,
    /// The reference that the request is given.
    Reference,
    /// Security headers on the answer.
    Headers,
    /// The real address of the client.
    ClientAddress,
    /// The limit on how often one address may ask.
    Rate,
    /// The limit on a body.
    Body,
    /// The limit on the whole time of a request.
    Time,
}

impl Layer {
    /// Stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Tls => "tls",
            Self::Reference => "reference",
            Self::Headers => "headers",
            Self::ClientAddress => "client_address",
            Self::Rate => "rate",
            Self::Body => "body",
            Self::Time => "time",
        }
    }
}

/// How a layer decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Let it through as it was.
    Passed,
    /// Let it through, with something set or taken away.
    Changed,
    /// Turned it away.
    Refused,
}

impl Outcome {
    /// Stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Changed => "changed",
            Self::Refused => "refused",
        }
    }
}

/// One layer's decision. The reason is a word of ours: nothing that the client sent can be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Which layer.
    pub layer: Layer,
    /// How it decided.
    pub outcome: Outcome,
    /// Why, or what it found.
    pub why: &'static str,
}

/// The decisions on one request so far, in their order. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Decisions(Arc<Mutex<Vec<Decision>>>);

impl Decisions {
    /// Notes a decision. A refusal is counted as `edge_refusals_total` by layer and reason.
    pub fn note(&self, layer: Layer, outcome: Outcome, why: &'static str) {
        if outcome == Outcome::Refused {
            count_refusal(layer, why);
        }
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Decision { layer, outcome, why });
    }

    /// What has been decided so far.
    #[must_use]
    pub fn list(&self) -> Vec<Decision> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The decision of one layer, if it was asked.
    #[must_use]
    pub fn of(&self, layer: Layer) -> Option<Decision> {
        self.list().into_iter().find(|decision| decision.layer == layer)
    }

    /// The record that travels with a request, put there now if it has none.
    pub(crate) fn in_request<B>(request: &mut http::Request<B>) -> Self {
        request.extensions_mut().get_or_insert_default::<Self>().clone()
    }
}

/// Counts a refusal, also one that comes before there is a request.
pub(crate) fn count_refusal(layer: Layer, why: &'static str) {
    metrics::counter!("edge_refusals_total", "layer" => layer.as_str(), "why" => why).increment(1);
    tracing::debug!(layer = layer.as_str(), why, "refused at the edge");
}
