//! Who is taken for whom, and what that lets them do.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use indelible_ledger::Party;
use tonic_types::StatusExt as _;

use super::*;
use crate::{
    rpc::transport::{Presented, Process},
    users::own,
};

/// Who a caller is taken for that may do something, or the reason of the refusal.
fn decided(presented: Option<Presented>, action: Action) -> Result<String, String> {
    let access = Access {
        bindings: access::parse(BINDINGS).unwrap(),
        rates: None,
        quotas: Vec::new(),
        revoked_client_keys: Default::default(),
    };
    let gate = Gate::new(access, true, watch::channel(false).1);
    let scope = match action.bound() {
        access::Bound::Store => Scope::Store,
        _ => Scope::Ledger("payments"),
    };
    match gate.authorise(&Caller::at(presented), action, scope) {
        Ok(permit) => Ok(permit.principal().to_string()),
        Err(status) => Err(status.get_details_error_info().unwrap().reason),
    }
}

const BINDINGS: &str = r#"
    [[access]]
    principals = ["unix-group:#4000"]
    roles = ["writer"]
    on = ["pay*"]
"#;

fn user(user: u32, group: u32) -> Option<Presented> {
    Some(Presented::Process(Process {
        user,
        name: None,
        groups: vec![(group, None)],
    }))
}

fn address(address: impl Into<IpAddr>) -> Option<Presented> {
    Some(Presented::Address(address.into()))
}

#[test]
fn loopback_of_either_family_is_whoever_is_on_this_machine() {
    for peer in [
        address(Ipv4Addr::LOCALHOST),
        address(Ipv4Addr::new(127, 8, 0, 1)),
        address(Ipv6Addr::LOCALHOST),
        address(Ipv4Addr::LOCALHOST.to_ipv6_mapped()),
    ] {
        assert_eq!(
            decided(peer, Action::Append).as_deref(),
            Ok("insecure:local")
        );
    }
}

#[test]
fn root_and_the_daemons_user_may_do_everything_and_others_what_is_bound() {
    let denied = Err("ACCESS_DENIED".to_owned());
    let possible = |action: &Action| !matches!(action, Action::Approve | Action::AnswerAgents);
    for action in Action::ALL.iter().copied().filter(possible) {
        assert!(decided(user(0, 0), action).is_ok(), "{action:?}");
        assert!(decided(user(own(), 9), action).is_ok(), "{action:?}");
        assert_eq!(decided(user(3_999, 9), action), denied, "{action:?}");
    }
    assert!(decided(user(3_999, 4_000), Action::Append).is_ok());
    assert_eq!(decided(user(3_999, 4_000), Action::Read), denied);
}

/// Root could read the store itself, and needs a second person all the same.
#[test]
fn with_an_approver_nobody_does_alone_what_can_t_be_undone() {
    let approver =
        "[[access]]\nprincipals = [\"unix:#4001\"]\nroles = [\"approver\"]\non = [\"hr\"]\n";
    let access = Access {
        bindings: access::parse(approver).unwrap(),
        rates: None,
        quotas: Vec::new(),
        revoked_client_keys: Default::default(),
    };
    let gate = Gate::new(access, false, watch::channel(false).1);
    for action in Action::ALL.iter().copied() {
        let scope = match action.bound() {
            access::Bound::Store => Scope::Store,
            _ => Scope::Ledger("payments"),
        };
        let decided = gate.authorise(&Caller::at(user(0, 0)), action, scope);
        let reason = decided
            .err()
            .map(|status| status.get_details_error_info().unwrap().reason);
        let expected = match action {
            Action::Approve | Action::AnswerAgents => Some("ACCESS_DENIED"),
            _ if action.takes_two() => Some("APPROVAL_REQUIRED"),
            _ => None,
        };
        assert_eq!(reason.as_deref(), expected, "{action:?}");
    }
}

/// Whose appends wait for the writer is as sure as who calls: what a connection alone shows of nobody is nobody else's.
#[test]
fn who_is_known_is_one_party_over_all_connections_and_of_others_each_connection_is_one() {
    let party = |presented: Option<Presented>| Connected::new(presented.unwrap()).party;
    assert_eq!(party(user(7, 1)), party(user(7, 2)));
    assert_ne!(party(user(7, 1)), party(user(8, 1)));
    let local = || party(address(Ipv4Addr::LOCALHOST));
    assert_ne!(local(), local());
    for shown in [user(0, 0), user(own(), 0), address(Ipv4Addr::LOCALHOST)] {
        assert_ne!(party(shown), Party::Daemon);
    }
}

#[test]
fn those_who_show_nothing_are_refused_whatever_they_want() {
    for action in Action::ALL.iter().copied() {
        for peer in [
            None,
            address(Ipv4Addr::new(192, 0, 2, 1)),
            address(Ipv4Addr::UNSPECIFIED),
            address(Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped()),
            Some(Presented::Encrypted(Ipv4Addr::LOCALHOST.into())),
        ] {
            assert_eq!(decided(peer, action), Err("CALLER_UNKNOWN".to_owned()));
        }
    }
}
