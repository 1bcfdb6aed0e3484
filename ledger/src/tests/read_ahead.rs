//! Reading ahead shows what a scan shows.

use std::ops::ControlFlow;

use indelible_store::{ReadStore as _, StoreError};

use crate::{
    check::ahead::{Visit, scan_in_blocks},
    tests::engine::{Bench, events, store},
};

/// Some records.
const BLOCK_BYTES: usize = 2_048;

/// Records, each with its sequence number.
type Records = Vec<(u64, Vec<u8>)>;

/// What a scan visits, until it has visited so many, and how it ends.
fn visited(
    scan: impl FnOnce(Visit<'_>) -> Result<(), StoreError>,
    most: usize,
) -> (Records, Result<(), StoreError>) {
    let mut visited = Vec::new();
    let ended = scan(&mut |sequence, value| {
        visited.push((sequence, value.to_owned()));
        match visited.len() < most {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    });
    (visited, ended)
}

#[test]
fn the_same_records_come_in_the_same_order_and_it_ends_alike() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = bench.ledger(&engine);
    let ids: Vec<_> = (0..700).map(|id| id.to_string()).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let appended = ledger.append(events(&ledger, &ids), None);
    bench.runtime.block_on(appended).unwrap();
    let (id, size) = (ledger.cell.id, ledger.cell.size());
    let same = |from: u64, most: usize| {
        let plain = visited(|visit| store.scan(id, from, size, visit), most);
        let in_blocks =
            |visit: Visit<'_>| scan_in_blocks(&*store, id, (from, size), BLOCK_BYTES, visit);
        let ahead = visited(in_blocks, most);
        assert!(plain.0 == ahead.0, "from {from}, at most {most}");
        assert_eq!(format!("{:?}", plain.1), format!("{:?}", ahead.1));
        (ahead.0, ahead.1.is_ok())
    };
    let (all, is_whole) = same(0, usize::MAX);
    assert_eq!(all.len() as u64, size);
    assert!(is_whole);
    let bytes: usize = all.iter().map(|(_, value)| value.len()).sum();
    assert!(bytes > 20 * BLOCK_BYTES, "{bytes}");
    same(7, usize::MAX);
    same(0, 3);
    same(size, usize::MAX);
    store.forge(id, 300, None);
    let (before, is_whole) = same(0, usize::MAX);
    assert_eq!((before.len(), is_whole), (300, false));
    // What would come next is nobody's business any more.
    same(0, 200);
    engine.drain().unwrap();
}
