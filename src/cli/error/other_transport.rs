//! Where the daemon takes TLS and the address says that there is none, or the other way round.

/// The address to say instead, and what it needs.
pub(super) fn address(address: &str, takes_tls: bool) -> String {
    let place = address
        .split_once("://")
        .map_or(address, |(_, place)| place);
    match takes_tls {
        true => format!(
            "say https://{place}, with --ca for an authority that the system does not know, and with --cert and --cert-key \
             if the daemon asks for a client's certificate"
        ),
        false => format!(
            "say http://{place} if that is this machine; on another one, whoever listens there is not known to be your \
             daemon: give the daemon a certificate ([tls] of its configuration)"
        ),
    }
}
