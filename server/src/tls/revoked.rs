//! Clients whose keys are revoked: they are not known by any certificate any more, whoever vouches for it.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use data_encoding::HEXLOWER;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    pki_types::{CertificateDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use sha2::{Digest as _, Sha256};
use webpki::EndEntityCert;

use crate::{
    config::SHA256,
    refusals::{self, Kind},
};

/// SHA-256 of a public key, as the certificate holds it (`SubjectPublicKeyInfo`).
pub(crate) type KeyDigest = [u8; 32];

/// The keys that are revoked now. All clones are of the same.
#[derive(Clone, Default)]
pub(crate) struct RevokedKeys(Arc<RwLock<BTreeSet<KeyDigest>>>);

impl RevokedKeys {
    /// Puts others in the place of those; whether there is a difference.
    pub(super) fn take(&self, keys: BTreeSet<KeyDigest>) -> bool {
        let mut now = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = *now != keys;
        *now = keys;
        is_new
    }

    /// Refuses a certificate whose key is revoked. The key is what counts, and not the certificate's bytes: whoever has a
    /// certificate can write the authority's signature in another way, under which it is as valid.
    fn check(&self, certificate: &CertificateDer<'_>) -> Result<(), Error> {
        let revoked = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if revoked.is_empty() {
            return Ok(());
        }
        let leaf = EndEntityCert::try_from(certificate)
            .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
        let digest: KeyDigest = Sha256::digest(leaf.subject_public_key_info()).into();
        if !revoked.contains(&digest) {
            return Ok(());
        }
        // Whoever looks into a theft must see which key was tried.
        let key = format!("{SHA256}{}", HEXLOWER.encode(&digest));
        let line = || tracing::warn!(key, "refused a client whose key is revoked");
        refusals::refused(Kind::RevokedKey, || key.clone(), line);
        Err(Error::InvalidCertificate(CertificateError::Revoked))
    }
}

/// Knows clients as another verifier does, but for those whose keys are revoked.
pub(super) struct Unrevoked {
    pub(super) known: Arc<dyn ClientCertVerifier>,
    pub(super) revoked: RevokedKeys,
}

impl fmt::Debug for Unrevoked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Unrevoked").finish_non_exhaustive()
    }
}

impl ClientCertVerifier for Unrevoked {
    fn offer_client_auth(&self) -> bool {
        self.known.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.known.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.known.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.known.verify_client_cert(leaf, issuers, now)?;
        self.revoked.check(leaf)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.known
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.known
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.known.supported_verify_schemes()
    }
}
