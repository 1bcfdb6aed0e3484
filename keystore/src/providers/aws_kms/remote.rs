//! The service as the rest of this folder calls it: blocking, patient, each error explained.

use std::future::Future;

use super::{
    options::AwsKmsOptions,
    refusal::{Refusal, error, state_fault},
    retry::{Repeat, RetryPolicy},
    sdk::{Answer, Described, Service},
    thread::SdkThread,
};
use crate::{
    error::{KeyError, ProviderFault},
    provider::ProviderKind,
};

pub(crate) struct Remote {
    thread: SdkThread,
    service: Service,
    policy: RetryPolicy,
    endpoint: Option<String>,
}

impl Remote {
    pub(crate) fn new(options: &AwsKmsOptions) -> Result<Self, KeyError> {
        let region = options.check()?;
        let thread = SdkThread::start()
            .map_err(|_| error(ProviderFault::Failing, "no thread can be started"))?;
        let policy = RetryPolicy {
            attempt: options.attempt_timeout,
            total: options.total_timeout,
        };
        let own = options.clone();
        // The region may have to be asked for, which takes no longer than a call may.
        let made = thread.run(async move {
            tokio::time::timeout(own.total_timeout, Service::new(&own, region)).await
        });
        let service = match made {
            Some(Ok(service)) => service.map_err(Refusal::into_error)?,
            Some(Err(_)) => {
                return Err(error(
                    ProviderFault::TimedOut,
                    "no region was found in time",
                ));
            }
            None => return Err(panicked().into_error()),
        };
        Ok(Self {
            thread,
            service,
            policy,
            endpoint: options.endpoint_url.clone(),
        })
    }

    /// Makes a call, again where that may help, and waits for the outcome.
    pub(crate) fn call<T, F>(
        &self,
        repeat: Repeat,
        make: impl Fn(Service) -> F + Send + Sync + 'static,
    ) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Refusal>> + Send,
    {
        let (service, policy) = (self.service.clone(), self.policy);
        self.thread
            .run(async move { policy.call(repeat, || make(service.clone())).await })
            .unwrap_or_else(|| Err(panicked()))
    }

    pub(crate) fn describe(&self, key: &str) -> Result<Described, Refusal> {
        let key = key.to_owned();
        self.call(Repeat::Harmless, move |service| {
            let key = key.clone();
            async move { service.describe(&key).await }
        })
    }

    /// Turns a refusal into an error, asking for the key's state where the refusal was about that.
    pub(crate) fn explain(&self, key: &str, refusal: Refusal) -> KeyError {
        let Refusal::State { detail } = refusal else {
            return refusal.into_error();
        };
        let state = match self.describe(key) {
            Ok(described) => described.state.unwrap_or_default(),
            Err(_) => {
                let detail =
                    format!("{detail}; DescribeKey is refused too, so the key's state is unknown");
                return error(ProviderFault::KeyUnfit, detail);
            }
        };
        match state_fault(&state) {
            Some((fault, what)) => error(fault, format!("{detail}; {what}")),
            None => error(
                ProviderFault::Failing,
                format!("{detail}; meanwhile the key is enabled"),
            ),
        }
    }

    pub(crate) fn region(&self) -> String {
        self.service.region()
    }

    /// Whether both speak to the same service, so that one can take over the other's ciphertexts.
    pub(crate) fn is_same_service(&self, other: &Self) -> bool {
        self.endpoint == other.endpoint && self.region() == other.region()
    }
}

fn panicked() -> Refusal {
    Refusal::Own(KeyError::Provider {
        provider: ProviderKind::AwsKms,
        fault: ProviderFault::Failing,
        detail: "the SDK's thread panicked".to_owned(),
    })
}

/// The answer's bytes, if they are of the key that was asked.
pub(super) fn of_key<T>(answer: Answer<T>, arn: &str, operation: &str) -> Result<T, KeyError> {
    if answer.key.as_deref() == Some(arn) {
        Ok(answer.bytes)
    } else {
        Err(error(
            ProviderFault::InconsistentAnswer,
            format!("{operation}: the answer names another key"),
        ))
    }
}
