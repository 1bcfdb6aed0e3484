//! The anchor: one small file outside the store that knows how far each ledger had come.
