//! What monitoring reads: the state of the daemon in numbers, as OpenMetrics 1.0 or in the older text format of Prometheus, on
//! an address of their own. No name of a ledger is among them unless the configuration says so, and nothing that a client
//! wrote ever is.

mod accept;
mod catalogue;
mod daemon;
mod engine;
mod page;

use std::{path::PathBuf, sync::Arc};

use hyper::StatusCode;
use indelible_keystore::ProviderMeters;
use indelible_ledger::Engine;

use self::{accept::Form, page::Page};
use crate::{
    http::{Answer, Asked},
    rpc::{About, Budget, Gate, notices},
};

const PATH: &str = "/metrics";

/// Where the numbers come from. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) about: About,
    pub(crate) budget: Arc<Budget>,
    pub(crate) gate: Gate,
    pub(crate) providers: Arc<ProviderMeters>,
    /// The anchor, for the room on its volume.
    pub(crate) anchor: PathBuf,
    /// How many ledgers have series of their own, by name.
    pub(crate) ledgers_by_name: usize,
}

/// Answers a request. Without an engine the daemon is recovering.
pub(crate) fn answer(asked: &Asked<'_>, sources: &Sources, engine: Option<&Engine>) -> Answer {
    if asked.path != PATH {
        return Answer::line(StatusCode::NOT_FOUND, "only /metrics");
    }
    let form = Form::wanted(asked.accept);
    Answer {
        status: StatusCode::OK,
        content_type: form.content_type(),
        body: written(form, sources, engine),
    }
}

fn written(form: Form, sources: &Sources, engine: Option<&Engine>) -> String {
    let mut page = Page::new(form);
    let status = engine.map(Engine::status);
    let is_serving = status.as_ref().is_some_and(|status| !status.draining);
    page.one(&catalogue::SERVING, is_serving);
    daemon::program(&mut page, &sources.about);
    daemon::edge(&mut page, &sources.budget);
    daemon::notices(&mut page, &notices(&sources.about, status.as_ref()));
    daemon::terms(&mut page, &sources.about, &sources.gate);
    daemon::backups(&mut page, &sources.about);
    daemon::volumes(&mut page, &sources.about.data, &sources.anchor);
    daemon::providers(&mut page, &sources.providers);
    if let (Some(engine), Some(status)) = (engine, &status) {
        engine::status(&mut page, status);
        engine::by_name(&mut page, status, sources.ledgers_by_name);
        engine::work(&mut page, engine);
        engine::decisions(&mut page, engine);
        engine::storage(&mut page, engine);
    }
    page.finish()
}

#[cfg(test)]
mod tests;
