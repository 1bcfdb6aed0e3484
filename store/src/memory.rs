//! The store in memory, with faults on demand.
