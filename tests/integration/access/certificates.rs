//! Authorities and certificates, made for one test.

use std::{fs, path::PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};

use crate::support::place::Place;

/// An authority.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key, as files.
#[derive(Clone)]
pub(super) struct Files {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Authority {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        // One of the same name would be taken for a certificate that signed itself.
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "an authority of the tests");
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// Writes the authority's certificate.
    pub(super) fn write(&self, place: &Place, name: &str) -> PathBuf {
        let path = place.file(name);
        fs::write(&path, &self.pem).unwrap();
        path
    }

    /// Issues a certificate, and writes it and its key under a name.
    pub(super) fn issue(&self, place: &Place, name: &str, names: Vec<SanType>) -> Files {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names = names;
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let files = Files {
            certificate: place.file(&format!("{name}.pem")),
            key: place.file(&format!("{name}.key")),
        };
        fs::write(&files.certificate, certificate.pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }
}

/// The name of a host.
pub(super) fn host(name: &str) -> Vec<SanType> {
    vec![SanType::DnsName(name.try_into().unwrap())]
}

/// The name of a workload.
pub(super) fn workload(id: &str) -> Vec<SanType> {
    vec![SanType::URI(id.try_into().unwrap())]
}
