//! Why something could not be done in a bucket.

/// Why something could not be done in a bucket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("can't {action} {object}: {fault}")]
pub struct BucketError {
    /// What was tried.
    pub action: &'static str,
    /// On which object, or on the bucket.
    pub object: String,
    /// What kept it from being done.
    pub fault: BucketFault,
}

/// What kept something from being done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BucketFault {
    /// What is configured can't be right.
    #[error("{0}")]
    Options(String),
    /// There are no credentials to sign the request with.
    #[error(
        "there are no credentials: {0}. Give the program some by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, a \
         credentials file, or the machine's role"
    )]
    NoCredentials(&'static str),
    /// The server does not take the credentials.
    #[error(
        "the server does not take the credentials ({0}): they are wrong, revoked or expired, or of another server"
    )]
    CredentialsRefused(String),
    /// This machine's clock is not the server's.
    #[error("this machine's clock and the server's are too far apart ({0}): set the clock")]
    Clock(String),
    /// The credentials are taken, and don't allow this.
    #[error(
        "the credentials don't allow it ({0}): give them the permissions that docs/runbook.md lists under Backup"
    )]
    Denied(String),
    /// There is no such bucket.
    #[error("there is no such bucket ({0}): make it, or correct its name or the endpoint")]
    NoBucket(String),
    /// The bucket is in another region.
    #[error("the bucket is in another region{}: name that region", of_region(.0.as_ref()))]
    OtherRegion(Option<String>),
    /// No connection.
    #[error("the server can't be reached ({0})")]
    Unreachable(&'static str),
    /// No answer in time.
    #[error("the server did not answer within {seconds} s, {tries} times")]
    TimedOut {
        /// What one try was given.
        seconds: u64,
        /// How often it was tried.
        tries: u32,
    },
    /// The server has too much to do.
    #[error(
        "the server asks to slow down ({code}), after {tries} tries: try again later, or hold backups back with a rate"
    )]
    Busy {
        /// The code of its error.
        code: String,
        /// How often it was tried.
        tries: u32,
    },
    /// The server failed.
    #[error("the server failed ({0}): look at the server, and try again")]
    Failing(String),
    /// The server refuses it for another reason.
    #[error("the server refuses it ({0})")]
    Refused(String),
    /// What answered does not speak S3's protocol as it must.
    #[error("what answered is no server of S3: {0}")]
    Answer(&'static str),
    /// The server overwrites where it must not.
    #[error(
        "the server overwrites what it was told not to (it ignores {0}), so that two programs could destroy each other's \
         work: use a server that holds conditional writes"
    )]
    Unconditional(&'static str),
    /// The object changed while it was read.
    #[error("it changed while it was read")]
    Changed,
}

fn of_region(region: Option<&String>) -> String {
    region.map_or_else(String::new, |region| format!(", {region}"))
}

impl BucketFault {
    /// Whether waiting may help.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::TimedOut { .. } | Self::Busy { .. } | Self::Failing(_)
        )
    }

    /// Whether it is about who asks.
    pub fn is_about_credentials(&self) -> bool {
        matches!(
            self,
            Self::NoCredentials(_) | Self::CredentialsRefused(_) | Self::Denied(_) | Self::Clock(_)
        )
    }
}

/// Names a server's error by its code, or by its status where the code says nothing. `tries` is how often it was tried.
pub(crate) fn fault(code: &str, status: u16, tries: u32) -> BucketFault {
    use BucketFault as F;
    let shown = match is_code(code) {
        true => format!("{code}, status {status}"),
        false => format!("status {status}"),
    };
    match code {
        "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "ExpiredToken"
        | "InvalidToken"
        | "TokenRefreshRequired"
        | "InvalidSecurity" => F::CredentialsRefused(shown),
        "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed" => {
            F::OtherRegion(None)
        }
        "RequestTimeTooSkewed" | "RequestExpired" => F::Clock(shown),
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" => F::Denied(shown),
        "NoSuchBucket" => F::NoBucket(shown),
        "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequests"
        | "RequestLimitExceeded"
        | "BandwidthLimitExceeded" => F::Busy { code: shown, tries },
        _ => match status {
            401 | 403 => F::Denied(shown),
            429 | 503 => F::Busy { code: shown, tries },
            500.. => F::Failing(shown),
            _ => F::Refused(shown),
        },
    }
}

/// Codes are short words; anything else is not repeated.
fn is_code(code: &str) -> bool {
    !code.is_empty() && code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_words_of_its_own() {
        let words = [
            fault("InvalidAccessKeyId", 403, 1),
            fault("AccessDenied", 403, 1),
            fault("RequestTimeTooSkewed", 403, 1),
            fault("NoSuchBucket", 404, 1),
            fault("SlowDown", 503, 4),
            fault("InternalError", 500, 4),
            fault("KeyTooLongError", 400, 1),
            BucketFault::TimedOut {
                seconds: 30,
                tries: 4,
            },
            BucketFault::Unreachable("no connection"),
        ]
        .map(|fault| fault.to_string());
        for (place, one) in words.iter().enumerate() {
            assert!(!words[..place].contains(one), "{one}");
        }
    }

    #[test]
    fn nothing_of_a_servers_text_is_repeated_but_a_code() {
        let shown = fault("<script>", 400, 1).to_string();
        assert_eq!(shown, "the server refuses it (status 400)");
        assert!(!fault(&"A".repeat(65), 400, 1).to_string().contains("AAA"));
    }
}
