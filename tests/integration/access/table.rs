//! Every method × every role × one's own, somebody else's and an absent ledger: a call over a real socket for each, and
//! what comes of it is what the table of docs/access.md says.

use std::collections::{BTreeMap, BTreeSet};

use indelible_proto::v1::{
    CreateTokenRequest, RequestApprovalRequest, access_service_client::AccessServiceClient,
    approval_service_client::ApprovalServiceClient, ledger_service_client::LedgerServiceClient,
    request_approval_request::Act,
};
use tonic::{Status, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

use super::{
    certificates::{host, workload},
    net::Net,
    page::{self, About, Row},
    wire::{self, Method, Outcome},
};
use crate::support::calls::{create, successor_of};

/// The ledger on which the callers have their roles, one on which they have none, and one that is not there. The names
/// are of one length.
const OWN: &str = "own-ledger";
const FOREIGN: &str = "foreigners";
const ABSENT: &str = "nobody-has";
/// One that is not there, on which whoever has a role on the store has it.
const FRESH: &str = "fresh-name";
/// Ledgers of the store itself: one that need not be there.
const STORES: &str = "_of-store";

/// The call that asks for any act that takes two people, and so for the action of each such row.
const ASKS: &str = "RequestApproval";

/// Which field of a request asks for the action of another row, too.
const FLAGS: [(&str, &[&str]); 4] = [
    ("decrypt", &["open_sealed", "disclose_key"]),
    ("report-opened", &["open_sealed"]),
    ("export-opened", &["disclose_keys"]),
    ("export", &["include_bundle"]),
];

/// A call as one cell makes it: the method, perhaps with a field set, and the rows that all must grant it.
struct Asked {
    method: Method,
    flag: Option<&'static str>,
    rows: Vec<Row>,
}

impl Asked {
    fn about(&self) -> About {
        self.rows[0].about
    }

    /// Whether these roles may do it, where they are bound.
    fn may(&self, roles: &[&str]) -> bool {
        self.rows.iter().all(|row| row.may(roles))
    }

    /// Whether anybody can do it on a ledger of the store itself.
    fn can_be_done_on_the_stores(&self, actions: &BTreeSet<&str>) -> bool {
        self.rows.iter().all(|row| actions.contains(row.action))
    }

    async fn made(&self, channel: &Channel, ledger: &str) -> Result<Vec<u8>, Status> {
        self.method.call(channel, ledger, self.flag).await
    }
}

/// What stands for some ledgers: a token that is for each, and a request about it.
struct Stand {
    tokens: BTreeMap<String, String>,
    requests: BTreeMap<String, String>,
}

/// Every method of the proto, in each of its rows. A method that no row names has no place, and fails.
fn all_asked(stand: &Stand) -> Vec<Asked> {
    let (rows, mut asked) = (page::table(), Vec::new());
    for mut method in wire::methods() {
        method.by_others(&stand.tokens, &stand.requests);
        let name = method.name.as_str();
        let of = rows.iter().filter(|row| row.calls.contains(&name));
        if name == ASKS {
            let one = |row: &Row| Asked {
                flag: None,
                rows: vec![row.clone()],
                method: method.asking_for(row.action),
            };
            asked.extend(of.map(one));
            continue;
        }
        let (with_flag, without): (Vec<_>, Vec<_>) =
            of.partition(|row| flag(row.action, &method).is_some());
        assert_eq!(
            without.len(),
            1,
            "docs/access.md must have {name} in one row, beside those that a field of its request decides"
        );
        let is_of_a_ledger = matches!(without[0].about, About::Ledger | About::Either);
        assert_eq!(
            is_of_a_ledger,
            method.names_a_ledger(),
            "{name}: what the row is about, and what its request names"
        );
        for row in &with_flag {
            asked.push(Asked {
                flag: flag(row.action, &method),
                rows: vec![without[0].clone(), (*row).clone()],
                method: method.clone(),
            });
        }
        let decided = asked.iter().filter(|other| other.method.name == name);
        let decided: Vec<_> = decided.filter_map(|other| other.flag).collect();
        for (_, flags) in FLAGS {
            for flag in flags.iter().filter(|flag| method.has_flag(flag)) {
                assert!(
                    decided.contains(flag),
                    "docs/access.md does not say what {flag} of {name} takes"
                );
            }
        }
        asked.push(Asked {
            flag: None,
            rows: vec![without[0].clone()],
            method: method.clone(),
        });
    }
    asked
}

/// The field that asks for an action beside the method's own.
fn flag(action: &str, method: &Method) -> Option<&'static str> {
    let (_, flags) = FLAGS.iter().find(|(beside, _)| *beside == action)?;
    flags.iter().copied().find(|flag| method.has_flag(flag))
}

/// Somebody with one role, or two, in one place.
struct Person {
    roles: Vec<&'static str>,
    channel: Channel,
}

/// Bindings of each role, to a SPIFFE id and to a DNS name, on the ledger and on the store.
fn bindings(roles: &[&str]) -> String {
    let places = [("own", OWN), ("store", "@store")];
    let one = |role: &&str| {
        let of = places.map(|(name, place)| {
            format!(
                "[[access]]\nprincipals = [\"spiffe://{name}.example/{role}\", \"dns:{role}.{name}.example\"]\n\
                 roles = [\"{role}\"]\non = [\"{place}\"]\n"
            )
        });
        of.concat()
    };
    roles.iter().map(one).collect()
}

async fn person(net: &Net, place: &str, roles: &[&'static str]) -> Person {
    let mut names = workload(&format!("spiffe://{place}.example/{}", roles[0]));
    for role in &roles[1..] {
        names.extend(host(&format!("{role}.{place}.example")));
    }
    let files = net.issue(&format!("{place}-{}", roles.join("-")), names);
    Person {
        roles: roles.to_vec(),
        channel: net.channel(Some(&files)).await,
    }
}

/// Each role alone, and every two of them.
fn combinations(roles: &[&'static str]) -> Vec<Vec<&'static str>> {
    let mut found: Vec<_> = roles.iter().map(|role| vec![*role]).collect();
    for (at, one) in roles.iter().enumerate() {
        found.extend(roles[at + 1..].iter().map(|other| vec![*one, *other]));
    }
    found
}

/// Makes a call and compares. What was denied is returned.
async fn check(asked: &Asked, person: &Person, ledger: &str, may: bool) -> Option<Status> {
    let answer = asked.made(&person.channel, ledger).await;
    let expected = match may {
        true => Outcome::LetIn,
        false => Outcome::Denied,
    };
    assert_eq!(
        Outcome::of(&answer),
        expected,
        "{} with {:?} of {:?} on {ledger}: {answer:?}",
        asked.method.name,
        asked.flag,
        person.roles
    );
    answer.err().filter(|_| !may)
}

/// The cells of somebody who has roles on one ledger.
async fn check_on_a_ledger(asked: &Asked, person: &Person) -> usize {
    let roles = person.roles.as_slice();
    match asked.about() {
        About::Ledger | About::Either => {
            check(asked, person, OWN, asked.may(roles)).await;
            let foreign = check(asked, person, FOREIGN, false).await.unwrap();
            let absent = check(asked, person, ABSENT, false).await.unwrap();
            // The members of a map come in any order, and each answer names the ledger that was asked about.
            let told = |status: &Status, asked: &str| {
                let info = status.get_details_error_info().unwrap();
                let unnamed = |text: &str| text.replace(asked, "LEDGER");
                let metadata = info.metadata.into_iter();
                let metadata: BTreeMap<_, _> = metadata
                    .map(|(key, value)| (key, unnamed(&value)))
                    .collect();
                let (length, message) = (status.details().len(), unnamed(status.message()));
                (status.code(), message, info.reason, metadata, length)
            };
            const { assert!(FOREIGN.len() == ABSENT.len()) };
            let (foreign, absent) = (told(&foreign, FOREIGN), told(&absent, ABSENT));
            assert_eq!(foreign, absent, "{}", asked.method.name);
            check(asked, person, STORES, false).await;
            4
        }
        About::Store => {
            check(asked, person, "", false).await;
            1
        }
        About::NoPlace => {
            check(asked, person, "", asked.may(roles)).await;
            1
        }
    }
}

/// The cells of somebody who has roles on the store.
async fn check_on_the_store(asked: &Asked, person: &Person, on_stores: &BTreeSet<&str>) -> usize {
    let may = asked.may(&person.roles);
    match asked.about() {
        About::Ledger | About::Either => {
            check(asked, person, OWN, may).await;
            check(asked, person, FRESH, may).await;
            let can = asked.can_be_done_on_the_stores(on_stores);
            check(asked, person, STORES, may && can).await;
            3
        }
        About::Store | About::NoPlace => {
            check(asked, person, "", may).await;
            1
        }
    }
}

/// All cells of these roles; how many there were.
async fn check_all(net: &Net, roles: &[&'static str], asked: &[Asked]) -> usize {
    let on_stores = page::on_ledgers_of_the_store();
    let mut cells = 0;
    for roles in combinations(roles) {
        let on_a_ledger = person(net, "own", &roles).await;
        let on_the_store = person(net, "store", &roles).await;
        // Two roles are for what takes two: whatever else they may is the sum.
        let is_wanted = |asked: &&Asked| roles.len() == 1 || asked.rows.len() > 1;
        for asked in asked.iter().filter(is_wanted) {
            cells += check_on_a_ledger(asked, &on_a_ledger).await;
            cells += check_on_the_store(asked, &on_the_store, &on_stores).await;
        }
    }
    cells
}

/// A daemon with the ledgers, on which these roles are bound, and with a token and a request for some ledgers. An approver is
/// bound besides, so that there are requests, and no act is done by one person.
async fn start(roles: &[&'static str]) -> (Net, Stand) {
    let others = "[[access]]\nprincipals = [\"dns:maker.example\"]\nroles = [\"operator\", \"administrator\"]\n\
                  on = [\"@store\"]\n[[access]]\nprincipals = [\"dns:second.example\"]\nroles = [\"approver\"]\n\
                  on = [\"@store\"]\n";
    let net = Net::start("\"127.0.0.1:0\"", &format!("{others}{}", bindings(roles))).await;
    let net = net.unwrap();
    let maker = net.issue("maker", host("maker.example"));
    let channel = net.channel(Some(&maker)).await;
    let mut client = LedgerServiceClient::new(channel.clone());
    let mut asks = ApprovalServiceClient::new(channel.clone());
    let mut requests = BTreeMap::new();
    for ledger in [OWN, FOREIGN] {
        create(&mut client, ledger).await;
        let request = RequestApprovalRequest {
            act: Some(Act::CreateSuccessor(successor_of(ledger))),
            ..Default::default()
        };
        let made = asks.request_approval(request).await.unwrap().into_inner();
        requests.insert(ledger.to_owned(), made.request.unwrap().approval_id);
    }
    let mut makes = AccessServiceClient::new(channel);
    let mut tokens = BTreeMap::new();
    for ledger in [OWN, FOREIGN, FRESH, STORES] {
        let request = CreateTokenRequest {
            name: "of the table".into(),
            roles: vec!["reader".into()],
            on: vec![ledger.into()],
            ..Default::default()
        };
        let made = makes.create_token(request).await.unwrap().into_inner();
        tokens.insert(ledger.to_owned(), made.token.unwrap().token_id);
    }
    (net, Stand { tokens, requests })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_is_answered_to_every_role_as_the_page_says() {
    let roles = page::roles();
    let (net, stand) = start(&roles).await;
    let cells = check_all(&net, &roles, &all_asked(&stand)).await;
    net.daemon.stop();
    assert!(cells > 2_000, "{cells}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_shows_nothing_or_is_bound_to_nothing_is_let_in_nowhere() {
    let (net, stand) = start(&[]).await;
    let unbound = net.issue("unbound", workload("spiffe://else.example/somebody"));
    let (nobody, unbound) = (net.channel(None).await, net.channel(Some(&unbound)).await);
    for asked in all_asked(&stand) {
        for ledger in [OWN, ABSENT, STORES] {
            let answer = asked.made(&nobody, ledger).await;
            assert_eq!(Outcome::of(&answer), Outcome::Unknown, "{answer:?}");
            let answer = asked.made(&unbound, ledger).await;
            assert_eq!(Outcome::of(&answer), Outcome::Denied, "{answer:?}");
        }
    }
    // Health is for everybody.
    let mut health = HealthClient::new(nobody);
    health.check(HealthCheckRequest::default()).await.unwrap();
    net.daemon.stop();
}
