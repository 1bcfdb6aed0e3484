//! Where credentials come from, and how a request is signed, sent and tried again.

use std::{
    error::Error,
    time::{Duration, SystemTime},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{
    ProvideCredentials as _, SharedCredentialsProvider, error::CredentialsError,
};
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::{
    Builder, Connector,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, HttpConnectorSettings, SharedHttpConnector},
    identity::Identity,
    orchestrator::HttpRequest,
    result::ConnectorError,
};
use aws_smithy_types::{body::SdkBody, timeout::TimeoutConfig};
use http_body_util::{BodyExt as _, Limited};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

use crate::{
    address::Address,
    answer::Answer,
    error::{BucketError, BucketFault, fault},
    limits::ANSWER_BYTES_MAX,
    options::{BucketOptions, is_region, judge},
    request::{Request, header::BUCKET_REGION},
};

/// The service that a signature is for.
const SIGNED_FOR: &str = "s3";
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Credentials that end sooner are asked for again.
const LASTING: Duration = Duration::from_secs(120);

/// A server, and who asks it.
pub(crate) struct Service {
    pub(crate) address: Address,
    region: String,
    connector: SharedHttpConnector,
    credentials: SharedCredentialsProvider,
    found: Mutex<Option<Identity>>,
    attempt: Duration,
    tries: u32,
}

impl Service {
    /// Finds the region, the endpoint and the source of credentials; says nothing to the server yet.
    pub(crate) async fn new(options: &BucketOptions) -> Result<Self, BucketFault> {
        let wrong = |problem: &dyn ToString| BucketFault::Options(problem.to_string());
        options.check().map_err(|problem| wrong(&problem))?;
        let found = found(options).await;
        let region = found.region().map(ToString::to_string);
        let endpoint = match &options.endpoint {
            Some(endpoint) => Some(endpoint.clone()),
            None => of_environment(&found),
        };
        if let Some(endpoint) = &endpoint {
            judge(endpoint).map_err(|problem| wrong(&problem))?;
        }
        // Other servers mostly don't care, and take what their own programs send.
        let region = region.or_else(|| endpoint.as_ref().map(|_| "us-east-1".to_owned()));
        let region = region
            .filter(|region| is_region(region))
            .ok_or_else(|| wrong(&"no region is known: name the bucket's, or set AWS_REGION"))?;
        let credentials = found
            .credentials_provider()
            .ok_or(BucketFault::NoCredentials("none were found"))?;
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(options.connect_timeout)
            .build();
        let connector = Connector::builder()
            .connector_settings(settings)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build();
        Ok(Self {
            address: Address::new(options, &region, endpoint.as_deref()),
            region,
            connector: SharedHttpConnector::new(connector),
            credentials,
            found: Mutex::new(None),
            attempt: options.attempt_timeout,
            tries: options.tries.max(1),
        })
    }

    /// Sends a request, again where that may help, and gives the answer if it is a success or has one of the statuses that
    /// the caller knows what to do with.
    pub(crate) async fn send(
        &self,
        request: &Request,
        known: &[u16],
    ) -> Result<Answer, BucketError> {
        let (mut pause, mut tries, mut is_repeated) = (FIRST_PAUSE, 0, false);
        loop {
            tries += 1;
            let failed = match timeout(self.attempt, self.once(request)).await {
                Ok(Ok(answer)) if answer.is_success() || known.contains(&answer.status) => {
                    return Ok(Answer {
                        is_repeated,
                        ..answer
                    });
                }
                Ok(Ok(answer)) => self.refused(&answer, tries).await,
                Ok(Err(fault)) => fault,
                Err(_) => BucketFault::TimedOut {
                    seconds: self.attempt.as_secs(),
                    tries,
                },
            };
            // Whoever says to slow down has done nothing.
            is_repeated |= !matches!(failed, BucketFault::Busy { .. });
            let is_stale = matches!(failed, BucketFault::CredentialsRefused(_)) && tries == 1;
            if tries >= self.tries || !(failed.is_passing() || is_stale) {
                return Err(BucketError {
                    action: request.action,
                    object: request.object.clone(),
                    fault: failed,
                });
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// What an answer that is no success says.
    async fn refused(&self, answer: &Answer, tries: u32) -> BucketFault {
        let fault = fault(&answer.code(), answer.status, tries);
        if matches!(fault, BucketFault::CredentialsRefused(_)) {
            // They may have ended before they said.
            *self.found.lock().await = None;
        }
        let region = answer.header(BUCKET_REGION);
        let region = region.filter(|region| is_region(region) && *region != self.region);
        match (fault, region, answer.status) {
            (BucketFault::OtherRegion(_), region, _) => {
                BucketFault::OtherRegion(region.map(str::to_owned))
            }
            (_, Some(region), 301 | 307) => BucketFault::OtherRegion(Some(region.to_owned())),
            (fault, _, _) => fault,
        }
    }

    /// Signs a request, sends it once and reads the answer to its end.
    async fn once(&self, request: &Request) -> Result<Answer, BucketFault> {
        let signed = self.signed(request).await?;
        let answer = self.connector.call(signed).await;
        let answer = answer.map_err(|error| not_sent(&error))?;
        let status = answer.status().as_u16();
        let headers = answer.headers().iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX);
        let body = body.collect().await;
        let body = body.map_err(|_| BucketFault::Unreachable("its answer broke off"))?;
        Ok(Answer {
            status,
            headers,
            body: body.to_bytes().to_vec(),
            is_repeated: false,
        })
    }

    async fn signed(&self, request: &Request) -> Result<HttpRequest, BucketFault> {
        let malformed = || BucketFault::Options("no request could be made of it".to_owned());
        let identity = self.identity().await?;
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SIGNED_FOR)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|_| malformed())?
            .into();
        let headers = request.headers.iter();
        let signable = SignableRequest::new(
            request.method,
            request.url.as_str(),
            headers.map(|(name, value)| (*name, value.as_str())),
            SignableBody::Bytes(&request.body),
        );
        let signature = signable.and_then(|signable| sign(signable, &parameters));
        let (signature, _) = signature.map_err(|_| malformed())?.into_parts();
        let mut signed = HttpRequest::new(SdkBody::from(request.body.clone()));
        let made = signed
            .set_method(request.method)
            .and_then(|()| signed.set_uri(request.url.as_str()));
        made.map_err(|_| malformed())?;
        for (name, value) in &request.headers {
            let added = signed.headers_mut().try_insert(*name, value.clone());
            added.map_err(|_| malformed())?;
        }
        for (name, value) in signature.headers() {
            let added = signed
                .headers_mut()
                .try_insert(name.to_owned(), value.to_owned());
            added.map_err(|_| malformed())?;
        }
        Ok(signed)
    }

    /// Who asks. What was found is kept until it ends.
    async fn identity(&self) -> Result<Identity, BucketFault> {
        let mut found = self.found.lock().await;
        let lasts = |identity: &&Identity| {
            let end = identity.expiration();
            end.is_none_or(|end| end > SystemTime::now() + LASTING)
        };
        if let Some(identity) = found.as_ref().filter(lasts) {
            return Ok(identity.clone());
        }
        let credentials = self.credentials.provide_credentials().await;
        let identity = Identity::from(credentials.map_err(|error| no_credentials(&error))?);
        *found = Some(identity.clone());
        Ok(identity)
    }
}

/// What the environment and the profiles say.
async fn found(options: &BucketOptions) -> SdkConfig {
    // It makes no connection by itself, nor takes a proxy from the environment.
    let http = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(options.connect_timeout)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .timeout_config(timeouts);
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(path) = &options.credentials_file {
        loader = loader.profile_files(credentials_file(path));
    }
    loader.load().await
}

/// The endpoint that the environment or a profile names: for S3, or for everything.
fn of_environment(found: &SdkConfig) -> Option<String> {
    let of_s3 = std::env::var("AWS_ENDPOINT_URL_S3").ok();
    of_s3
        .filter(|url| !url.is_empty())
        .or_else(|| found.endpoint_url().map(str::to_owned))
}

#[expect(
    deprecated,
    reason = "aws-config takes this type and its replacement's crate is not for direct use"
)]
fn credentials_file(path: &std::path::Path) -> aws_config::profile::profile_file::ProfileFiles {
    use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
    ProfileFiles::builder()
        .include_default_config_file(true)
        .with_file(ProfileFileKind::Credentials, path)
        .build()
}

fn no_credentials(error: &CredentialsError) -> BucketFault {
    BucketFault::NoCredentials(match error {
        CredentialsError::CredentialsNotLoaded(_) => "none were found",
        CredentialsError::InvalidConfiguration(_) => "they are configured wrongly",
        CredentialsError::ProviderTimedOut(_) => "their source did not answer in time",
        _ => "their source failed",
    })
}

fn not_sent(error: &ConnectorError) -> BucketFault {
    if error.is_timeout() {
        return BucketFault::Unreachable("no connection in time");
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::InvalidData)
        {
            return BucketFault::Unreachable(
                "its certificate is not one of an authority that this machine trusts",
            );
        }
        cause = error.source();
    }
    BucketFault::Unreachable("no connection, or it broke off")
}
