//! A daemon that does not take this client's certificate. TLS tells it by an alert, deep in the error of the connection;
//! where the connection breaks before the alert is read, nothing tells it.

use std::error::Error;

/// How the TLS library writes an alert of the other side.
const ALERT: &str = "received fatal alert: ";

/// The alerts that are about this client's certificate, by the TLS library's names, and what each means.
const WORDS: [(&str, &str); 9] = [
    ("CertificateRevoked", "its key is revoked"),
    ("CertificateExpired", "it is over, or not valid yet"),
    (
        "UnknownCA",
        "it is of an authority that the daemon does not know",
    ),
    (
        "CertificateRequired",
        "there is none, and the daemon asks for one",
    ),
    ("BadCertificate", "it is damaged, or missing"),
    ("UnsupportedCertificate", "it is not for clients"),
    ("CertificateUnknown", "the daemon can't use it"),
    ("DecryptError", "its signature does not verify"),
    ("AccessDenied", "the daemon does not take it"),
];

/// Why this client's certificate is not taken, if that is what led to this error.
pub(crate) fn alert(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        if let Some((_, name)) = text.split_once(ALERT) {
            let mut words = WORDS.iter();
            return words
                .find(|(alert, _)| name == *alert)
                .map(|(_, words)| *words);
        }
        cause = error.source();
    }
    None
}

/// How the TLS library says that the other side left before anything was agreed.
const LEFT: &str = "tls handshake eof";

/// What to do about a daemon that can't be reached for a reason of certificates, or that leaves before it sees one.
pub(super) fn advice(problem: &str) -> Option<&'static str> {
    if problem.contains(LEFT) {
        return Some(
            "whoever listens there closed the connection before TLS was set up: a daemon does so while it has as many connections \
             as it takes, of this address (limits.connections_per_address) or in all; close some, or try again later",
        );
    }
    if problem.contains(WORDS[0].1) {
        return Some(
            "make a new key, have a certificate issued for it, and give both with --cert and --cert-key; whoever writes the \
             daemon's configuration knows why the old key is revoked (revoked_client_keys)",
        );
    }
    problem.contains("certificate").then_some(
        "name the authority of the daemon's certificate with --ca, reach the daemon by a name that stands in its \
         certificate, and give this client's own with --cert and --cert-key if the daemon asks for one",
    )
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn an_alert_of_certificates_is_found_wherever_it_stands() {
        let of = |text: &str| alert(&io::Error::other(io::Error::other(text.to_owned())));
        let revoked = of("received fatal alert: CertificateRevoked").unwrap();
        assert!(revoked.contains("revoked"), "{revoked}");
        assert!(advice(revoked).unwrap().contains("new key"), "{revoked}");
        assert_eq!(of("received fatal alert: InternalError"), None);
        assert_eq!(of("connection reset by peer"), None);
    }
}
