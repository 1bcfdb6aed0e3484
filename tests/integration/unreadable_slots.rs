//! One flipped bit in the anchor must neither hide a loss nor cost a ledger that has lost nothing.

use std::fs;

use indelible_proto::v1::{ErrorReason, LedgerState};
use tonic::Code;

use crate::{
    quarantine::{notice, rolled_on},
    support::{
        calls::{append, assert_refused, event, ledger},
        daemon::Daemon,
        place::Place,
    },
};

/// Where the two slots of the first ledger that was created lie; before them are those of the store's own.
const SLOTS: [usize; 2] = [4_096 + 1_024, 4_096 + 65 * 1_024];

/// Flips a bit in the first ledger's newest slot, or in the older one.
fn flip(place: &Place, is_newest: bool) {
    let mut bytes = fs::read(place.anchor()).unwrap();
    let counter = |at: usize| u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
    let by_age = match counter(SLOTS[0]) < counter(SLOTS[1]) {
        true => SLOTS,
        false => [SLOTS[1], SLOTS[0]],
    };
    bytes[by_age[usize::from(is_newest)] + 200] ^= 0x10;
    fs::write(place.anchor(), bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_slot_of_the_anchor_hides_no_loss() {
    let place = Place::new();
    let (_audit, older) = rolled_on(&place).await;
    let newer = place.copy_data("newer");
    let anchor = fs::read(place.anchor()).unwrap();
    place.restore_data(&older);
    flip(&place, true);
    // The slot that is left may say no more than this copy has. It does not vouch for that.
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let found = ledger(&mut client, "audit").await;
    assert_eq!(found.state(), LedgerState::Quarantined);
    let reason = "one of the ledger's two slots in the anchor";
    assert!(
        found.state_reason.contains(reason),
        "{}",
        found.state_reason
    );
    let advice = notice(&mut client, "LEDGER_QUARANTINED").await.detail;
    assert!(advice.contains("store's anchor"), "{advice}");
    let refused = append(&mut client, "audit", event("more")).await;
    assert_refused(
        refused,
        Code::FailedPrecondition,
        ErrorReason::LedgerQuarantined,
        "",
    );
    daemon.stop();

    // With the whole data the store is ahead of that slot, and nothing is lost.
    for is_newest in [true, false] {
        place.restore_data(&newer);
        fs::write(place.anchor(), &anchor).unwrap();
        flip(&place, is_newest);
        let daemon = Daemon::start(&place).await;
        let mut client = daemon.client().await;
        let found = ledger(&mut client, "audit").await;
        assert_eq!((found.size, found.state()), (202, LedgerState::Open));
        let told = notice(&mut client, "ANCHOR_SLOT_UNREADABLE").await;
        assert_eq!(told.ledger_origin, found.origin);
        append(&mut client, "audit", event("more")).await.unwrap();
        daemon.stop();
        let daemon = Daemon::start(&place).await;
        let mut client = daemon.client().await;
        assert_eq!(ledger(&mut client, "audit").await.size, 204);
        daemon.stop();
    }
}
