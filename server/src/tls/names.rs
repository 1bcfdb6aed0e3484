//! What a client's certificate calls its holder.

use std::fmt;

use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// What a client's certificate calls its holder: the URI and DNS names of its subject alternative names. The subject's
/// common name says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CertificateNames {
    pub(crate) uris: Vec<String>,
    pub(crate) dns: Vec<String>,
}

impl fmt::Display for CertificateNames {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self
            .uris
            .iter()
            .chain(&self.dns)
            .map(String::as_str)
            .collect();
        out.write_str(&names.join(" "))
    }
}

impl CertificateNames {
    /// Reads them from a certificate that was verified.
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Self {
        let Ok(certificate) = EndEntityCert::try_from(certificate) else {
            return Self::default();
        };
        Self {
            uris: certificate.valid_uri_names().map(str::to_owned).collect(),
            dns: certificate.valid_dns_names().map(str::to_owned).collect(),
        }
    }
}
