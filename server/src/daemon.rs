//! The daemon: its one composition root. It binds, recovers, serves, drains and closes, in this order.

mod error;
mod health;
mod listen;
mod log;
mod monitoring;
mod notify;
mod open;
mod providers;
pub mod repair;
mod secrets;
mod stop;

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use indelible_keystore::ProviderMeters;
use indelible_ledger::{AllHaltStanding, Engine, Interrupt};
use tokio::{runtime, sync::watch, task::JoinHandle};
use tonic_health::{ServingStatus, server::HealthReporter};

pub use crate::tls::TlsError;
pub use error::{DaemonError, Purpose};
use health::{not_serving, set_health, set_serving, tell_of_keys};
pub use listen::Listening;
pub use log::{KeptLog, keep_log, start_log};
use monitoring::Monitoring;
use notify::Manager;
use providers::Openers;
use stop::{await_calls, close, opened_or_stopped, panicked, stop_signal};

use crate::{
    backups::Backups,
    config::Config,
    freed_memory, hardening,
    issuers::Issuers,
    limits::{BLOCKING_THREAD_IDLE_MS, BLOCKING_THREADS_MAX},
    metrics::Sources,
    open_files::{self, OpenFiles},
    refusals,
    reload::Reload,
    rpc::{self, About, Bearers, Budget, DEVELOPMENT_MODE, Gate, Listener, Loaded},
    tls::Keeper,
    tokens::OwnTokens,
    traces,
};

/// Turns of tasks after which a thread looks for what has come in. With the usual 61, peers who keep the daemon busy with turns
/// of a millisecond would keep everybody else's bytes waiting for as many.
const TURNS_BETWEEN_LOOKS: u32 = 5;

/// How long threads that read for a client who is gone may still take, once the store is closed.
const LEFTOVER_THREADS: Duration = Duration::from_secs(1);

/// Runs a daemon until SIGTERM or SIGINT, and returns when its store is closed. `announce` gets
/// the places where it listens before recovery begins.
pub fn serve(config: Config, announce: impl FnOnce(&[Listening])) -> Result<(), DaemonError> {
    hardening::forbid_core_dumps().map_err(DaemonError::Hardening)?;
    hardening::keep_files_private();
    let files = OpenFiles::share(open_files::raise().map_err(DaemonError::System)?)?;
    let openers = Openers::obtain(&config)?;
    let runtime = runtime::Builder::new_multi_thread()
        .enable_all()
        .event_interval(TURNS_BETWEEN_LOOKS)
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_keep_alive(Duration::from_millis(BLOCKING_THREAD_IDLE_MS))
        .thread_name("indelible-edge")
        .build()?;
    let outcome = runtime.block_on(async {
        let stop = stop_signal()?;
        tokio::spawn(refusals::tell_of_the_rest());
        tokio::spawn(freed_memory::give_back());
        let daemon = Daemon::bind(config, files).await?;
        announce(&daemon.places);
        let places = daemon.places.clone();
        let ended = daemon.run(openers, stop).await;
        refusals::tell_of_the_rest_now();
        listen::remove_sockets(&places);
        ended
    });
    runtime.shutdown_timeout(LEFTOVER_THREADS);
    outcome
}

/// A daemon that has its ports, and nothing else yet.
pub struct Daemon {
    config: Config,
    files: OpenFiles,
    listeners: Vec<Listener>,
    monitoring: Monitoring,
    places: Vec<Listening>,
    tls: Option<Keeper>,
    issuers: Issuers,
}

impl Daemon {
    /// Binds the ports. Nothing answers before [`Self::run`].
    async fn bind(config: Config, files: OpenFiles) -> Result<Self, DaemonError> {
        let revoked = &config.access.revoked_client_keys;
        let tls = config.tls.clone();
        let tls = tls
            .map(|tls| Keeper::start(tls, revoked.clone()))
            .transpose()?;
        let watched = tls.as_ref().map(Keeper::watched);
        let (mut listeners, mut places) = (Vec::new(), Vec::new());
        for wanted in &config.listen {
            let (listener, place) = listen::bind(wanted, watched.as_ref()).await?;
            if matches!(place, Listening::Plain(_)) {
                tracing::warn!(%place, "{DEVELOPMENT_MODE}");
            }
            listeners.push(listener);
            places.push(place);
        }
        Ok(Self {
            issuers: Issuers::new(&config.issuers),
            files,
            listeners,
            monitoring: Monitoring::bind(&config).await?,
            config,
            places,
            tls,
        })
    }

    /// Recovers, serves until `stop` resolves, drains, and closes the store. Health says NOT_SERVING
    /// but while ledgers are served.
    #[expect(
        clippy::too_many_lines,
        reason = "it is the whole life of a daemon, in its order"
    )]
    async fn run(
        self,
        openers: Openers,
        stop: impl Future<Output = ()>,
    ) -> Result<(), DaemonError> {
        let Self {
            config,
            files,
            listeners,
            monitoring,
            places,
            tls,
            issuers,
        } = self;
        let (drain, draining) = watch::channel(false);
        let gate = gate(&config, &places, draining.clone());
        let health = HealthReporter::new();
        set_health(&health, ServingStatus::NotServing).await;
        let reload = Reload::of(&config);
        let watched = Watched {
            tls: tls.as_ref(),
            issuers: &issuers,
            gate: &gate,
            reload: reload.as_ref(),
        };
        let about = about(&config, files, watched, &places);
        let budget = Budget::new(config.memory.buffers());
        let loaded = Loaded::of(&config);
        gate.audit().took(&loaded);
        issuers.keep();
        config.traces.as_ref().map(traces::start);
        let mut server = tokio::spawn(rpc::serve(
            rpc::services(gate.clone(), about.clone(), health.clone())?,
            rpc::incoming(listeners, files.connections, config.addresses.connections),
            Arc::clone(&budget),
            bearers(&config, issuers, &gate),
            begun(draining.clone()),
        ));
        let listening = told(&places);
        tracing::info!(listening, data = %config.data.display(), "listening; recovering");
        let keeper = tls.clone();
        tls.map(|tls| tokio::spawn(tls.keep()));
        reload.map(|reload| tokio::spawn(reload.keep(gate.clone(), keeper, loaded.clone())));
        let (sources, providers) = sources(&config, about, budget, &gate);
        let engine_there = monitoring.serve(sources, draining.clone());
        let interrupt = Interrupt::default();
        let asked = interrupt.clone();
        let opening = move || open::open(&config, files, openers, providers, asked);
        let opening = tokio::task::spawn_blocking(opening);
        let mut stop = pin!(stop);
        let opened = opened_or_stopped(opening, &interrupt, &server, stop.as_mut()).await?;
        let Some(engine) = opened else {
            return Ok(());
        };
        let kept = open_gate(&gate, &engine, loaded, draining).await;
        let _first = engine_there.set(engine.clone());
        set_serving(&health, *engine.watch_keys().borrow()).await;
        let keys = tokio::spawn(tell_of_keys(health.clone(), engine.watch_keys()));
        tracing::info!(listening, "serving");
        let manager = Manager::told_ready();

        let ended = tokio::select! {
            () = &mut stop => None,
            ended = &mut server => Some(ended),
        };
        tracing::info!("draining");
        manager.stopping();
        not_serving(&health, keys).await;
        drain.send_replace(true);
        let served = match ended {
            Some(ended) => ended.map_err(panicked),
            None => await_calls(server, health).await,
        };
        ended_by_the_drain(kept).await;
        gate.close().await;
        close(engine).await.and(served)
    }
}

/// Records the start, reads which tokens and requests there are, and lets callers in. What is returned goes on until the daemon
/// drains.
async fn open_gate(
    gate: &Gate,
    engine: &Engine,
    loaded: Loaded,
    draining: watch::Receiver<bool>,
) -> [JoinHandle<()>; 5] {
    let audit = Arc::clone(gate.audit());
    audit.open(engine.clone(), loaded).await;
    // What can't be read now is tried again.
    let _later = rpc::read_tokens(gate, engine).await;
    let _later = rpc::read_approvals(gate, engine).await;
    let _later = rpc::read_backups(gate, engine).await;
    engine.put_all_halt(AllHaltStanding::Unread);
    let _later = rpc::read_all_halt(engine).await;
    gate.open(engine.clone());
    let tokens = rpc::keep_tokens(gate.clone(), engine.clone(), draining.clone());
    let approvals = rpc::keep_approvals(gate.clone(), engine.clone(), draining.clone());
    let backups = rpc::keep_backups(gate.clone(), engine.clone(), draining.clone());
    let agents = rpc::keep_agents(engine.clone(), draining.clone());
    [
        tokio::spawn(agents),
        tokio::spawn(audit.keep(draining)),
        tokio::spawn(tokens),
        tokio::spawn(approvals),
        tokio::spawn(backups),
    ]
}

/// What callers' tokens are held against.
fn bearers(config: &Config, issuers: Issuers, gate: &Gate) -> Arc<Bearers> {
    let failures = config.addresses.failures_per_minute;
    let audit = Arc::clone(gate.audit());
    let on_over = Box::new(move |token: &str| audit.token_is_over(token));
    Bearers::new(issuers, gate.tokens().clone(), on_over, failures)
}

/// What metrics are made of, and what the providers of keys are measured with.
fn sources(
    config: &Config,
    about: About,
    budget: Arc<Budget>,
    gate: &Gate,
) -> (Sources, Arc<ProviderMeters>) {
    let providers = Arc::<ProviderMeters>::default();
    let sources = Sources {
        about,
        budget,
        gate: gate.clone(),
        providers: Arc::clone(&providers),
        anchor: config.anchor.clone(),
        ledgers_by_name: config.metrics.ledgers,
    };
    (sources, providers)
}

/// Waits for tasks that go on until the daemon drains.
async fn ended_by_the_drain(tasks: impl IntoIterator<Item = JoinHandle<()>>) {
    for task in tasks {
        let _ended = task.await;
    }
}

async fn begun(mut draining: watch::Receiver<bool>) {
    // The error says that the daemon is gone, which is as final.
    let _gone = draining.wait_for(|draining| *draining).await;
}

/// The gate that the configuration asks for.
fn gate(config: &Config, places: &[Listening], draining: watch::Receiver<bool>) -> Gate {
    let terms = (config.token_days, config.tokens_per_maker);
    let tokens = OwnTokens::shared(is_open(places), terms.0, terms.1);
    Gate::new(config.access.clone(), is_open(places), draining)
        .with_tokens(tokens)
        .with_backups(Backups::new(config.backup.clone()))
}

/// Whether some place takes every process of this machine.
fn is_open(places: &[Listening]) -> bool {
    let mut places = places.iter();
    places.any(|place| matches!(place, Listening::Plain(_)))
}

/// The places in one line.
fn told(places: &[Listening]) -> String {
    let places: Vec<_> = places.iter().map(Listening::to_string).collect();
    places.join(" ")
}

/// What is read again while the daemon runs.
struct Watched<'a> {
    tls: Option<&'a Keeper>,
    issuers: &'a Issuers,
    gate: &'a Gate,
    reload: Option<&'a Reload>,
}

fn about(config: &Config, files: OpenFiles, watched: Watched<'_>, places: &[Listening]) -> About {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    About {
        version: env!("CARGO_PKG_VERSION"),
        started: u64::try_from(now.as_nanos()).unwrap_or(u64::MAX),
        data: config.data.clone(),
        files,
        tls: watched.tls.cloned(),
        issuers: watched.issuers.clone(),
        tokens: watched.gate.tokens().clone(),
        backups: watched.gate.backups().clone(),
        in_force: watched.gate.bindings().clone(),
        bindings: watched.reload.map(Reload::problem),
        open_to_all_users: is_open(places),
        has_register: config.register.is_some(),
    }
}
