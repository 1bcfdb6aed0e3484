//! How many of a bundle's records disposals name and producers signed.

use super::producers::Signed;

/// What was counted, by the number of the disposal or producer.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    disposed: Vec<u64>,
    signed: Vec<SignedCount>,
}

/// What a producer signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SignedCount {
    /// How many events.
    pub(super) events: u64,
    /// For how many of them its signature counts for nothing.
    pub(super) void: u64,
}

impl Tally {
    pub(super) fn disposed(&mut self, counts: &[(usize, u64)]) {
        for (number, count) in counts {
            if *number >= self.disposed.len() {
                self.disposed.resize(*number + 1, 0);
            }
            if let Some(sum) = self.disposed.get_mut(*number) {
                *sum += count;
            }
        }
    }

    pub(super) fn signed(&mut self, signed: Option<Signed>) {
        let Some(Signed { producer, void }) = signed else {
            return;
        };
        if producer >= self.signed.len() {
            self.signed.resize(producer + 1, SignedCount::default());
        }
        if let Some(count) = self.signed.get_mut(producer) {
            count.events += 1;
            count.void += u64::from(void);
        }
    }

    /// How many records each disposal names, in their order; those after the last that names one are left out.
    pub(super) fn of_disposals(&self) -> &[u64] {
        &self.disposed
    }

    /// What each producer signed, in their order; those after the last that signed are left out.
    pub(super) fn of_producers(&self) -> &[SignedCount] {
        &self.signed
    }
}
