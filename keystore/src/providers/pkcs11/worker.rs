//! The one thread for each module that ever calls it, and what waits for that thread.
//!
//! A module is prepared once for a process, and a login holds for the process as a
//! whole, so providers that share a module share its thread. A caller never waits
//! longer than its timeout: a call that hangs keeps the thread, not the caller.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    api::Module,
    attachment::{Attachment, Bound, Opened, not_attached},
    options::Pkcs11Options,
    pin::Pin,
    token_error::{TokenError, fault_of},
};
use crate::error::{KeyError, ProviderFault};

/// Calls that may wait for one module at a time.
const CALLS_WAITING_MAX: usize = 256;
/// How long nobody looks for a token that could not be found again.
const RECOVERY_PAUSE_MS: u64 = 1_000;
/// How long the end of a provider waits for its session to be closed.
const CLOSING_MS_MAX: u64 = 1_000;

/// A call, with the time after which nobody waits for it any more.
struct Job {
    deadline: Instant,
    work: Box<dyn FnOnce(&mut Worker) + Send>,
}

/// The threads of this process, by module. They stay, because a module that hangs
/// keeps its thread, and a second one would have to prepare the module again.
static WORKERS: Mutex<Option<HashMap<PathBuf, SyncSender<Job>>>> = Mutex::new(None);

fn worker_of(module: &Path) -> Result<SyncSender<Job>, KeyError> {
    let failed =
        |fault, error: std::io::Error| fault_of(fault, format!("{}: {error}", module.display()));
    let path =
        fs::canonicalize(module).map_err(|error| failed(ProviderFault::ModuleMissing, error))?;
    let mut workers = WORKERS.lock().unwrap_or_else(PoisonError::into_inner);
    let workers = workers.get_or_insert_default();
    if let Some(jobs) = workers.get(&path) {
        return Ok(jobs.clone());
    }
    let (jobs, waiting) = mpsc::sync_channel(CALLS_WAITING_MAX);
    let worker = Worker::new(path.clone());
    thread::Builder::new()
        .name("pkcs11".to_owned())
        .spawn(move || worker.run(&waiting))
        .map_err(|error| failed(ProviderFault::Failing, error))?;
    workers.insert(path, jobs.clone());
    Ok(jobs)
}

/// A provider's end of the thread. Dropping it closes its session.
pub(crate) struct Connection {
    jobs: SyncSender<Job>,
    id: u64,
    timeout: Duration,
}

impl Connection {
    pub(crate) fn open(options: Pkcs11Options, pin: Arc<Pin>) -> Result<(Self, Opened), KeyError> {
        options.check()?;
        let (jobs, timeout) = (worker_of(&options.module)?, options.timeout);
        let (answer, answered) = mpsc::sync_channel::<Result<(u64, Opened), TokenError>>(1);
        let work = move |worker: &mut Worker| {
            let outcome = worker.attach(options, pin);
            let id = outcome.as_ref().map(|(id, _)| *id).ok();
            // If nobody waits any more, nothing may be left behind.
            if answer.send(outcome).is_err() {
                id.into_iter().for_each(|id| worker.detach(id));
            }
        };
        send(&jobs, timeout, Box::new(work))?;
        let (id, opened) = wait(&answered, timeout)?.map_err(TokenError::into_error)?;
        Ok((Self { jobs, id, timeout }, opened))
    }

    /// Runs an operation on the thread, a second time if the session was found to be lost.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        mut operation: impl FnMut(&mut Bound<'_>) -> Result<T, TokenError> + Send + 'static,
    ) -> Result<T, KeyError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let id = self.id;
        let work = move |worker: &mut Worker| {
            // A caller that gave up drops the answer, which wipes itself.
            drop(answer.send(worker.perform(id, &mut operation)));
        };
        send(&self.jobs, self.timeout, Box::new(work))?;
        wait(&answered, self.timeout)?.map_err(TokenError::into_error)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let (answer, answered) = mpsc::sync_channel::<()>(1);
        let id = self.id;
        let longest = Duration::from_millis(CLOSING_MS_MAX);
        let work = move |worker: &mut Worker| {
            worker.detach(id);
            drop(answer);
        };
        // The session has to be closed however late, so this job has no deadline that could pass.
        let job = Job {
            deadline: Instant::now() + Duration::from_secs(u64::from(u32::MAX)),
            work: Box::new(work),
        };
        if self.jobs.try_send(job).is_ok() {
            // The worker answers by hanging up.
            answered.recv_timeout(longest).unwrap_or_default();
        }
    }
}

fn send(
    jobs: &SyncSender<Job>,
    timeout: Duration,
    work: Box<dyn FnOnce(&mut Worker) + Send>,
) -> Result<(), KeyError> {
    let job = Job {
        deadline: Instant::now() + timeout,
        work,
    };
    jobs.try_send(job).map_err(|error| match error {
        TrySendError::Full(_) => fault_of(
            ProviderFault::TimedOut,
            format!("{CALLS_WAITING_MAX} calls are already waiting for the token"),
        ),
        TrySendError::Disconnected(_) => ended(),
    })
}

fn wait<T>(answered: &Receiver<T>, timeout: Duration) -> Result<T, KeyError> {
    answered.recv_timeout(timeout).map_err(|error| match error {
        RecvTimeoutError::Timeout => fault_of(
            ProviderFault::TimedOut,
            format!("no answer after {} ms", timeout.as_millis()),
        ),
        RecvTimeoutError::Disconnected => ended(),
    })
}

fn ended() -> KeyError {
    fault_of(
        ProviderFault::Failing,
        "the thread that calls the module has ended; restart the daemon".to_owned(),
    )
}

/// What the thread owns.
struct Worker {
    path: PathBuf,
    module: Option<Module>,
    is_initialized: bool,
    attached: HashMap<u64, Attachment>,
    next_id: u64,
    recovery_failed: HashMap<u64, (Instant, ProviderFault, String)>,
}

impl Worker {
    fn new(path: PathBuf) -> Self {
        Self {
            path,
            module: None,
            is_initialized: false,
            attached: HashMap::new(),
            next_id: 0,
            recovery_failed: HashMap::new(),
        }
    }

    fn run(mut self, waiting: &Receiver<Job>) {
        while let Ok(job) = waiting.recv() {
            // A call that nobody waits for is not made, least of all one that makes keys.
            if Instant::now() < job.deadline {
                (job.work)(&mut self);
            }
        }
    }

    fn attach(
        &mut self,
        options: Pkcs11Options,
        pin: Arc<Pin>,
    ) -> Result<(u64, Opened), TokenError> {
        let outcome = self.prepare().and_then(|()| {
            let Some(module) = &self.module else {
                return Err(not_attached());
            };
            Attachment::open(options, pin, module, &self.attached)
        });
        match outcome {
            Ok((attachment, opened)) => {
                let id = self.next_id;
                self.next_id += 1;
                self.attached.insert(id, attachment);
                Ok((id, opened))
            }
            Err(error) => {
                self.finalize_if_unused();
                Err(error)
            }
        }
    }

    fn detach(&mut self, id: u64) {
        self.attached.remove(&id);
        self.recovery_failed.remove(&id);
        self.finalize_if_unused();
    }

    fn prepare(&mut self) -> Result<(), TokenError> {
        if self.module.is_none() {
            self.module = Some(Module::load(&self.path)?);
        }
        if let (Some(module), false) = (&self.module, self.is_initialized) {
            module.initialize()?;
            self.is_initialized = true;
        }
        Ok(())
    }

    fn finalize_if_unused(&mut self) {
        if self.attached.is_empty() {
            self.finalize();
        }
    }

    fn finalize(&mut self) {
        for attachment in self.attached.values_mut() {
            attachment.let_go();
        }
        if let (Some(module), true) = (&self.module, self.is_initialized) {
            module.finalize();
            self.is_initialized = false;
        }
    }

    fn perform<T>(
        &mut self,
        id: u64,
        operation: &mut dyn FnMut(&mut Bound<'_>) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        let outcome = self.try_once(id, operation);
        let lost = match &outcome {
            Err(TokenError::Lost(detail)) => detail.clone(),
            Err(
                failing @ (TokenError::Unclear(_) | TokenError::Fault(ProviderFault::Failing, _)),
            ) if !self.attached.get(&id).is_some_and(Attachment::is_logged_in) => failing.detail(),
            _ => return outcome,
        };
        self.recover(id, &lost)?;
        self.try_once(id, operation)
    }

    fn try_once<T>(
        &mut self,
        id: u64,
        operation: &mut dyn FnMut(&mut Bound<'_>) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        let attachment = self.attached.get_mut(&id).ok_or_else(not_attached)?;
        match attachment.bound() {
            Some(mut bound) => operation(&mut bound),
            None => Err(TokenError::Lost("the session was closed".to_owned())),
        }
    }

    /// Finds everything again: first beside what the others hold, then from the ground up.
    fn recover(&mut self, id: u64, lost: &str) -> Result<(), TokenError> {
        if let Some((when, fault, detail)) = self.recovery_failed.get(&id)
            && when.elapsed() < Duration::from_millis(RECOVERY_PAUSE_MS)
        {
            return Err(TokenError::Fault(*fault, detail.clone()));
        }
        // Another provider may have prepared the module anew already.
        let was_connected = self.attached.get(&id).is_some_and(Attachment::is_connected);
        let mut outcome = Err(TokenError::Lost(lost.to_owned()));
        if !was_connected {
            outcome = self.reconnect(id);
        }
        if matches!(
            outcome,
            Err(TokenError::Lost(_) | TokenError::Fault(ProviderFault::TokenRemoved, _))
        ) {
            self.finalize();
            outcome = self.reconnect(id);
        }
        match outcome {
            Ok(()) => {
                self.recovery_failed.remove(&id);
                Ok(())
            }
            Err(error) => {
                let (fault, detail) = match error {
                    TokenError::Fault(fault, detail) => (fault, detail),
                    other => (ProviderFault::Failing, other.detail()),
                };
                let detail = format!("{detail} (after {lost})");
                self.recovery_failed
                    .insert(id, (Instant::now(), fault, detail.clone()));
                Err(TokenError::Fault(fault, detail))
            }
        }
    }

    fn reconnect(&mut self, id: u64) -> Result<(), TokenError> {
        self.prepare()?;
        let mut attachment = self.attached.remove(&id).ok_or_else(not_attached)?;
        let outcome = match &self.module {
            Some(module) => attachment.reconnect(module, &self.attached),
            None => Err(not_attached()),
        };
        self.attached.insert(id, attachment);
        outcome
    }
}
