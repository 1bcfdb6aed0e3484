//! The AWS SDK: the calls that are made, and their errors as [`Refusal`]s. No other file knows it.

use std::{error::Error, time::Duration};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_kms::{
    Client, Config,
    config::{
        StalledStreamProtectionConfig, http::HttpResponse, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
    error::{ConnectorError, ProvideErrorMetadata, SdkError},
    operation::RequestId,
    primitives::Blob,
    types::{KeySpec, KeyUsageType, MessageType, SigningAlgorithmSpec},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use zeroize::Zeroizing;

use super::{options::AwsKmsOptions, refusal::Refusal};
use crate::{
    error::{KekConfigError, ProviderFault},
    keys::secret::SecretKey,
    provider::ProviderKind,
};

/// Names and values that KMS authenticates with a ciphertext.
pub(crate) type EncryptionContext = Vec<(&'static str, String)>;

/// An answer's bytes, and the key that it says they are of.
pub(crate) struct Answer<T = Vec<u8>> {
    pub(crate) key: Option<String>,
    pub(crate) bytes: T,
}

/// What a key's description says.
pub(crate) struct Described {
    pub(crate) arn: Option<String>,
    pub(crate) usage: Option<String>,
    pub(crate) spec: Option<String>,
    pub(crate) state: Option<String>,
}

/// A client of KMS that tries each call once.
#[derive(Clone)]
pub(crate) struct Service {
    client: Client,
}

impl Service {
    /// Finds the region and the source of credentials; says nothing to KMS yet.
    pub(crate) async fn new(
        options: &AwsKmsOptions,
        region: Option<String>,
    ) -> Result<Self, Refusal> {
        // Neither of the two makes a connection by itself, nor takes a proxy from the environment.
        let http = Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http.clone())
            .timeout_config(timeouts(options.connect_timeout));
        if let Some(region) = region {
            loader = loader.region(Region::new(region));
        }
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(path) = &options.credentials_file {
            loader = loader.profile_files(credentials_file(path));
        }
        let found = loader.load().await;
        let (Some(region), Some(credentials)) = (found.region(), found.credentials_provider())
        else {
            return Err(Refusal::Own(
                KekConfigError::ProviderOptions {
                    provider: ProviderKind::AwsKms,
                    problem: "no region is known; configure one, or name the key by its ARN",
                }
                .into(),
            ));
        };
        // Not made from what was found as a whole: an endpoint from the environment must not be used.
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(region.clone())
            .credentials_provider(credentials)
            .http_client(http)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(options.connect_timeout))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(url) = &options.endpoint_url {
            config = config.endpoint_url(url);
        }
        Ok(Self {
            client: Client::from_conf(config.build()),
        })
    }

    /// The region in which calls are made.
    pub(crate) fn region(&self) -> String {
        let region = self.client.config().region();
        region.map(ToString::to_string).unwrap_or_default()
    }

    pub(crate) async fn describe(&self, key: &str) -> Result<Described, Refusal> {
        let answer = self
            .client
            .describe_key()
            .key_id(key)
            .send()
            .await
            .map_err(|error| refusal("DescribeKey", &error))?;
        let metadata = answer.key_metadata;
        let text = |value: Option<&str>| value.map(str::to_owned);
        Ok(Described {
            usage: text(
                metadata
                    .as_ref()
                    .and_then(|it| Some(it.key_usage()?.as_str())),
            ),
            spec: text(
                metadata
                    .as_ref()
                    .and_then(|it| Some(it.key_spec()?.as_str())),
            ),
            state: text(
                metadata
                    .as_ref()
                    .and_then(|it| Some(it.key_state()?.as_str())),
            ),
            arn: metadata.and_then(|it| it.arn),
        })
    }

    /// Encrypts a key. The copies of it that the SDK and TLS make on the way are not in our hands.
    pub(crate) async fn encrypt(
        &self,
        key: &str,
        context: EncryptionContext,
        plaintext: &SecretKey,
    ) -> Result<Answer, Refusal> {
        let answer = self
            .client
            .encrypt()
            .key_id(key)
            .set_encryption_context(Some(names(context)))
            .plaintext(Blob::new(plaintext.expose().as_slice()))
            .send()
            .await
            .map_err(|error| refusal("Encrypt", &error))?;
        Ok(Answer {
            key: answer.key_id,
            bytes: answer
                .ciphertext_blob
                .map(Blob::into_inner)
                .unwrap_or_default(),
        })
    }

    /// Decrypts a key. What comes back is wiped; the response that it was read from is not.
    pub(crate) async fn decrypt(
        &self,
        key: &str,
        context: EncryptionContext,
        ciphertext: &[u8],
    ) -> Result<Answer<Zeroizing<Vec<u8>>>, Refusal> {
        let mut answer = self
            .client
            .decrypt()
            .key_id(key)
            .set_encryption_context(Some(names(context)))
            .ciphertext_blob(Blob::new(ciphertext))
            .send()
            .await
            .map_err(|error| refusal("Decrypt", &error))?;
        let plaintext = answer.plaintext.take().map(Blob::into_inner);
        Ok(Answer {
            key: answer.key_id,
            bytes: Zeroizing::new(plaintext.unwrap_or_default()),
        })
    }

    /// Moves a ciphertext to another key of the same service; the source's key comes back too.
    pub(crate) async fn re_encrypt(
        &self,
        from: &str,
        to: &str,
        context: EncryptionContext,
        ciphertext: &[u8],
    ) -> Result<(Answer, Option<String>), Refusal> {
        let context = names(context);
        let answer = self
            .client
            .re_encrypt()
            .source_key_id(from)
            .set_source_encryption_context(Some(context.clone()))
            .destination_key_id(to)
            .set_destination_encryption_context(Some(context))
            .ciphertext_blob(Blob::new(ciphertext))
            .send()
            .await
            .map_err(|error| refusal("ReEncrypt", &error))?;
        let moved = Answer {
            key: answer.key_id,
            bytes: answer
                .ciphertext_blob
                .map(Blob::into_inner)
                .unwrap_or_default(),
        };
        Ok((moved, answer.source_key_id))
    }

    /// Makes an Ed25519 key and returns its ARN.
    pub(crate) async fn create_identity(
        &self,
        description: &str,
    ) -> Result<Option<String>, Refusal> {
        let answer = self
            .client
            .create_key()
            .key_spec(KeySpec::EccNistEdwards25519)
            .key_usage(KeyUsageType::SignVerify)
            .description(description)
            .send()
            .await
            .map_err(|error| refusal("CreateKey", &error))?;
        Ok(answer.key_metadata.and_then(|it| it.arn))
    }

    /// A key's public half, as SubjectPublicKeyInfo.
    pub(crate) async fn public_key(&self, key: &str) -> Result<Answer, Refusal> {
        let answer = self
            .client
            .get_public_key()
            .key_id(key)
            .send()
            .await
            .map_err(|error| refusal("GetPublicKey", &error))?;
        Ok(Answer {
            key: answer.key_id,
            bytes: answer.public_key.map(Blob::into_inner).unwrap_or_default(),
        })
    }

    /// Signs a message as it is, with an Ed25519 key.
    pub(crate) async fn sign(&self, key: &str, message: &[u8]) -> Result<Answer, Refusal> {
        let answer = self
            .client
            .sign()
            .key_id(key)
            .message(Blob::new(message))
            .message_type(MessageType::Raw)
            .signing_algorithm(SigningAlgorithmSpec::Ed25519Sha512)
            .send()
            .await
            .map_err(|error| refusal("Sign", &error))?;
        Ok(Answer {
            key: answer.key_id,
            bytes: answer.signature.map(Blob::into_inner).unwrap_or_default(),
        })
    }
}

/// Only the connection's: how long a call may take, [`super::retry`] decides.
fn timeouts(connect: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(connect).build()
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

fn names(context: EncryptionContext) -> std::collections::HashMap<String, String> {
    context
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn refusal<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Refusal
where
    E: ProvideErrorMetadata + Error + 'static,
{
    use ProviderFault as F;
    let status = error.raw_response().map_or(0, |raw| raw.status().as_u16());
    match error {
        SdkError::ServiceError(_) => {
            Refusal::of(operation, error.code(), status, error.request_id())
        }
        SdkError::TimeoutError(_) => {
            Refusal::fault(F::TimedOut, format!("{operation}: no answer in time"))
        }
        SdkError::DispatchFailure(failure) => {
            dispatch_refusal(operation, failure.as_connector_error())
        }
        SdkError::ResponseError(_) if status >= 500 => {
            Refusal::fault(F::Unreachable, format!("{operation}: status {status}"))
        }
        SdkError::ResponseError(_) => Refusal::fault(
            F::InconsistentAnswer,
            format!("{operation}: status {status}, and the answer is not one from KMS"),
        ),
        _ => Refusal::fault(F::Failing, format!("{operation}: no request could be made")),
    }
}

fn dispatch_refusal(operation: &'static str, failure: Option<&ConnectorError>) -> Refusal {
    use ProviderFault as F;
    let mut cause = failure.map(|error| error as &(dyn Error + 'static));
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<CredentialsError>() {
            let (fault, problem) = match error {
                CredentialsError::CredentialsNotLoaded(_) => (F::AccessDenied, "none were found"),
                CredentialsError::InvalidConfiguration(_) => {
                    (F::AccessDenied, "they are configured wrongly")
                }
                CredentialsError::ProviderTimedOut(_) => {
                    (F::TimedOut, "their source did not answer in time")
                }
                _ => (F::Unreachable, "their source failed"),
            };
            return Refusal::fault(fault, format!("{operation}: no credentials: {problem}"));
        }
        cause = error.source();
    }
    if failure.is_some_and(ConnectorError::is_timeout) {
        Refusal::fault(F::TimedOut, format!("{operation}: no connection in time"))
    } else {
        Refusal::fault(F::Unreachable, format!("{operation}: no connection"))
    }
}
